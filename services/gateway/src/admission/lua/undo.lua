-- Gives a job's place back, and its part of the day: it was never made.
-- KEYS: 1 in-flight:{tenant}  2 jobs-today:{tenant}  ARGV: 1 job id
-- Back: how many places were given back.
local removed = redis.call('ZREM', KEYS[1], ARGV[1])
if removed == 1 and tonumber(redis.call('HGET', KEYS[2], 'jobs') or '0') > 0 then redis.call('HINCRBY', KEYS[2], 'jobs', -1) end
return removed
