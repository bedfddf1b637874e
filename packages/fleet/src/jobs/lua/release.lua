#!lua flags=allow-oom
-- Takes back the mark of `begin`: the attempt failed and comes again, or is given back. Only its own worker's mark.
-- KEYS job, events
-- ARGV job id, channel, task id, generation, worker, event body (JSON)
-- Returns 1 when the mark was there.
local job_key, events_key, journal_key = KEYS[1], KEYS[2], nil
local job_id, channel = ARGV[1], ARGV[2]
--@include lib
local mark = redis.call('HGET', job_key, 'b:' .. ARGV[3])
if not mark then return 0 end
local generation, worker = string.match(mark, '^(%d+) %d+ %d+ (.*)$')
if generation ~= ARGV[4] or worker ~= ARGV[5] then return 0 end
redis.call('HDEL', job_key, 'b:' .. ARGV[3])
emit(ARGV[6])
tell()
return 1
