#!lua
-- Creates a job once, and asks for its first look.
-- KEYS job, events, open, journal, stats
-- ARGV job id, channel, meta (JSON), time limit once started (ms), event body (JSON)
-- Returns 1 when created, 0 when the job is there already.
local job_key, events_key, journal_key = KEYS[1], KEYS[2], KEYS[4]
local job_id, channel = ARGV[1], ARGV[2]
--@include lib
if redis.call('EXISTS', job_key) == 1 then return 0 end
redis.call('HSET', job_key, 'meta', ARGV[3], 'created', now, 'state', 'queued', 'idx', 0, 'version', 1, 'revision', 0, 'amend', 0, 'amended', 0, 'limit', ARGV[4], 'seq', 1)
redis.call('HINCRBY', KEYS[5], 'accepted', 1)
tell(0, { ARGV[5] })
journal(1)
wake(KEYS[3])
return 1
