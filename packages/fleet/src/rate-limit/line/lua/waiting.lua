#!lua flags=no-writes
-- Who waits.
-- KEYS stem of the line; ARGV moment that is taken for now ('' for Redis TIME)
-- Returns {ms that the oldest waits, reserved, then class, tenant, count in turn}
local LINE = KEYS[1]
--@include now
--@include line
local oldest = redis.call('ZRANGE', AGES, 0, 0, 'WITHSCORES')
local answer = { oldest[2] and now - tonumber(oldest[2]) or 0, redis.call('ZCARD', RESERVED) }
for class = 1, CLASSES do
  for _, tenant in ipairs(redis.call('ZRANGE', class_key(class), 0, -1)) do
    answer[#answer + 1] = class
    answer[#answer + 1] = tenant
    answer[#answer + 1] = redis.call('ZCARD', wait_key(class, tenant))
  end
end
return answer
