#!lua flags=allow-oom
-- Takes back the mark of `begin`: the attempt failed and comes again, or is given back. Only its own worker's mark; the crashes before it stay.
-- KEYS job, events, failed, journal
-- ARGV job id, channel, task id, generation, worker, event body (JSON), 1 when the task waits in a line, attempt for the history (JSON; may be empty)
-- What is parked is noted for the failure desk, should whoever holds it lose it.
-- Returns 1 when the mark was there, and its job is one that still records.
local job_key, events_key, journal_key = KEYS[1], KEYS[2], KEYS[4]
local job_id, channel = ARGV[1], ARGV[2]
--@include lib
local task, generation = ARGV[3], ARGV[4]
local held = redis.call('HMGET', job_key, 'b:' .. task, 'seq', 'state')
if is_dead(held[3]) then return 0 end
local mark = held[1]
if not mark or mark == '' then return 0 end
local marked_generation, crashes, worker = string.match(mark, '^(%d+) (%d+) %d+ (.*)$')
if marked_generation ~= generation or worker ~= ARGV[5] then return 0 end
local left = crashes ~= '0' and generation .. ' ' .. crashes or ''
if ARGV[7] == '1' then left = 'parked ' .. generation .. ' ' .. crashes end
local seq = tell(tonumber(held[2]), { ARGV[6] })
local change = { 'b:' .. task, left, 'seq', seq }
if ARGV[8] ~= '' then change[5], change[6] = 'a:' .. task, remember(task, ARGV[8]) end
redis.call('HSET', job_key, unpack(change))
-- a job that has ended may not change any more, and its log is to be complete
if held[3] == 'completed' then journal(seq) end
if ARGV[7] == '1' then redis.call('ZADD', KEYS[3], now, job_id .. ' ' .. task .. ' ' .. generation) end
return 1
