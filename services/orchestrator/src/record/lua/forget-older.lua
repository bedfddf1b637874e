#!lua flags=allow-oom
-- Takes a job out of Redis, if it stands before the event of that number: the record knows better.
-- KEYS job, events
-- ARGV number of the last event that is recorded
-- Returns 1 when it was taken out.
local seq = redis.call('HGET', KEYS[1], 'seq')
if not seq or tonumber(seq) >= tonumber(ARGV[1]) then return 0 end
return redis.call('UNLINK', KEYS[1], KEYS[2]) > 0 and 1 or 0
