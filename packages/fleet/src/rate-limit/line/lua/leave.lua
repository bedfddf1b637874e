#!lua flags=allow-oom
-- Subscribers give up; with the last one the question leaves the line. The reservation of one that was granted lapses at once, unless somebody was told of it: the
-- granter gives it back.
-- KEYS stem of the line; ARGV quota, id, tokens (none: everybody gives it up)
-- Returns 1 where the question has left
local LINE, now = KEYS[1], 0
--@include line
local id = ARGV[2]
local key, tell = question(id), tell_key(id)
local held = redis.call('HMGET', key, 'tenant', 'class', 'lease', 'given')
if #ARGV > 2 then
  for index = 3, #ARGV do
    redis.call('SREM', tell, ARGV[index])
    redis.call('HDEL', key, 't:' .. ARGV[index])
  end
  if held[4] or redis.call('EXISTS', tell) == 1 then return 0 end
  for _, field in ipairs(redis.call('HKEYS', key)) do
    if string.sub(field, 1, 2) == 't:' then return 0 end
  end
else
  redis.call('DEL', tell)
end
redis.call('ZREM', DUE, id)
if not held[1] then return 0 end
if held[3] then
  redis.call('ZADD', RESERVED, 'XX', 0, id)
  wake(ARGV[1])
  return 1
end
dequeue(id, held[2], held[1])
redis.call('DEL', key)
return 1
