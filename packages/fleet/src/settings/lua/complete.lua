-- Marks a hash as whole, if nothing was lost since whoever restores it began: the token went with everything else.
-- KEYS: 1 the hash  ARGV: 1 the token's field, 2 the token, 3 the marker's field
-- Back: 1 where it is marked.
if redis.call('HGET', KEYS[1], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1])
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], ARGV[3], string.format('%d', time[1] * 1000 + math.floor(time[2] / 1000)))
return 1
