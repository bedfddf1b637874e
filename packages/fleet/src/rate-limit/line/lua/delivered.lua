#!lua flags=allow-oom
-- Notes who was told of a grant. The others are told again: soon after it was made, then ever more rarely.
-- KEYS stem of the line; ARGV moment that is taken for now ('' for Redis TIME), id, least pause before the others are told (ms), tokens that were told
-- Returns 1 where somebody is to be told again
local LINE = KEYS[1]
--@include now
--@include line
local id = ARGV[2]
local key, tell = question(id), tell_key(id)
local held = redis.call('HMGET', key, 'lease', 'taken')
for index = 4, #ARGV do redis.call('SREM', tell, ARGV[index]) end
if held[1] and #ARGV > 3 then redis.call('HSET', key, 'given', 1) end
if redis.call('EXISTS', tell) == 0 then
  redis.call('ZREM', DUE, id)
  return 0
end
local pause = held[1] and math.min(math.max((now - tonumber(held[2])) / 2, 20), 1000) or 1000
redis.call('ZADD', DUE, now + math.max(pause, tonumber(ARGV[3])), id)
return 1
