#!lua flags=allow-oom
-- Takes back the mark of `begin`: the attempt failed and comes again, or is given back. Only its own worker's mark.
-- KEYS job, events, failed
-- ARGV job id, channel, task id, generation, worker, event body (JSON), what to leave in the mark's place
-- What is parked is noted for the failure desk, should whoever holds it lose it.
-- Returns 1 when the mark was there, and its job is one that still records.
local job_key, events_key, journal_key = KEYS[1], KEYS[2], nil
local job_id, channel = ARGV[1], ARGV[2]
--@include lib
local held = redis.call('HMGET', job_key, 'b:' .. ARGV[3], 'seq', 'state')
if is_dead(held[3]) then return 0 end
local mark = held[1]
if not mark or mark == '' then return 0 end
local generation, worker = string.match(mark, '^(%d+) %d+ %d+ (.*)$')
if generation ~= ARGV[4] or worker ~= ARGV[5] then return 0 end
redis.call('HSET', job_key, 'b:' .. ARGV[3], ARGV[7], 'seq', tell(tonumber(held[2]), { ARGV[6] }))
if ARGV[7] ~= '' then redis.call('ZADD', KEYS[3], now, job_id .. ' ' .. ARGV[3] .. ' ' .. ARGV[4]) end
return 1
