#!lua flags=allow-oom
-- Notes that a grant was delivered, or when it is to be delivered again.
-- KEYS stem of the line; ARGV id, lease, ms until it is delivered again ('' where it was delivered), subscribers that were told
-- Returns 1 where it is due again
local LINE = KEYS[1]
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
--@include line
local id = ARGV[1]
local held = redis.call('HMGET', question(id), 'lease')
if held[1] ~= ARGV[2] then return 0 end
if ARGV[3] ~= '' then
  redis.call('ZADD', DUE, 'XX', now + tonumber(ARGV[3]), id)
  return 1
end
redis.call('HSET', question(id), 'given', 1)
-- a subscriber who came meanwhile is told as well
local told = 0
for _, field in ipairs(redis.call('HKEYS', question(id))) do
  if string.sub(field, 1, 2) == 't:' then told = told + 1 end
end
if told <= tonumber(ARGV[4]) then
  redis.call('ZREM', DUE, id)
  return 0
end
redis.call('ZADD', DUE, now, id)
return 1
