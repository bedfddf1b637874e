#!lua flags=allow-oom
-- Puts off the next look at a job that stands as it should, if it is still as the planner saw it.
-- KEYS job, open
-- ARGV job id, version seen, when to look again (ms; empty when the job rests)
-- Returns 1, or 0 when the job has changed since or is gone.
if redis.call('HGET', KEYS[1], 'version') ~= ARGV[2] then return 0 end
if ARGV[3] == '' then redis.call('ZREM', KEYS[2], ARGV[1]) else redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1]) end
return 1
