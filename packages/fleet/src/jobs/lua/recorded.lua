#!lua flags=allow-oom
-- The record has the end of this job: its keys need not live as long as they would without.
-- KEYS job, events
-- ARGV life of the keys (s)
-- Returns 1, or 0 when the job goes on or is gone.
if redis.call('HEXISTS', KEYS[1], 'ended') == 0 then return 0 end
for _, key in ipairs(KEYS) do redis.call('EXPIRE', key, ARGV[1], 'LT') end
return 1
