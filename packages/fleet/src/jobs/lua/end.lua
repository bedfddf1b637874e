#!lua flags=allow-oom
-- Ends an open job without a report, and tells the workers.
-- KEYS job, events, open, journal, stats
-- ARGV job id, channel, state to end in, error (JSON; may be empty), event body (JSON), life of the keys (s), channel of cancellations
-- Returns the state that the job has now, or an empty text for an unknown one.
local job_key, events_key, journal_key = KEYS[1], KEYS[2], KEYS[4]
local job_id, channel = ARGV[1], ARGV[2]
--@include lib
local held = redis.call('HMGET', job_key, 'state', 'seq')
local state = held[1]
if not state then return '' end
if state == 'completed' or is_dead(state) then return state end
local seq = tell(tonumber(held[2]), { ARGV[5] })
redis.call('HSET', job_key, 'state', ARGV[3], 'ended', now, 'seq', seq, 'error', ARGV[4] == '' and 'null' or ARGV[4])
redis.call('HINCRBY', job_key, 'version', 1)
redis.call('ZREM', KEYS[3], job_id)
redis.call('EXPIRE', job_key, ARGV[6])
redis.call('EXPIRE', events_key, ARGV[6])
redis.call('HINCRBY', KEYS[5], 'ended:' .. ARGV[3], 1)
journal(seq)
redis.call('PUBLISH', ARGV[7], job_id)
return ARGV[3]
