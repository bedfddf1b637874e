#!lua flags=allow-oom
-- A subscriber gives up; with the last one the question leaves the line. The reservation of one that was granted lapses at once: the granter gives it back.
-- KEYS stem of the line; ARGV id, token ('' for all), quota
-- Returns 1 where the question has left
local LINE, now = KEYS[1], 0
--@include line
local id = ARGV[1]
local key = question(id)
local held = redis.call('HMGET', key, 'tenant', 'class', 'lease')
if not held[1] then return 0 end
if ARGV[2] ~= '' then
  redis.call('HDEL', key, 't:' .. ARGV[2])
  for _, field in ipairs(redis.call('HKEYS', key)) do
    if string.sub(field, 1, 2) == 't:' then return 0 end
  end
end
if held[3] then
  redis.call('HSET', key, 'given', 1)
  redis.call('ZADD', RESERVED, 'XX', 0, id)
  redis.call('ZREM', DUE, id)
  wake(ARGV[3])
  return 1
end
dequeue(id, held[2], held[1])
redis.call('DEL', key)
return 1
