#!lua
-- Opens a failed or deferred task again, in its next generation. One that was opened before and is not settled yet is returned as it
-- stands, so that whoever died before queueing it can be followed. One that has failed again since the caller looked is for another judgement.
-- A completed job is looked at while such a task is open.
-- KEYS job, events, open, journal, stats
-- ARGV job id, channel, task id, stage, event body up to the generation's number, rest of the body, generation that the caller has seen
-- Returns {generation, task record (JSON)}, or {0, reason}; reason is gone, closed, done, open or changed.
local job_key, events_key, journal_key = KEYS[1], KEYS[2], KEYS[4]
local job_id, channel = ARGV[1], ARGV[2]
--@include lib
local task = ARGV[3]
local held = redis.call('HMGET', job_key, 'state', 'g:' .. task, 'x:' .. task, 't:' .. task, 'seq')
local state, current, outcome, record = held[1], held[2], held[3], held[4]
if not state or not current then return { 0, 'gone' } end
if is_dead(state) then return { 0, 'closed' } end
if not outcome or outcome == '' then return { 0, 'open' } end
local generation, status = string.match(outcome, '^(%d+):(%a+):')
if generation ~= current then return { tonumber(current), record } end
if status == 'done' then return { 0, 'done' } end
if current ~= ARGV[7] then return { 0, 'changed' } end
local next_generation = redis.call('HINCRBY', job_key, 'g:' .. task, 1)
redis.call('HINCRBY', job_key, 'n:' .. ARGV[4], 1)
redis.call('HINCRBY', job_key, 'version', 1)
local seq = tell(tonumber(held[5]), { ARGV[5] .. next_generation .. ARGV[6] })
redis.call('HSET', job_key, 'seq', seq)
redis.call('HINCRBY', KEYS[5], 'redriven', 1)
if state == 'completed' then watch(KEYS[3]) end
journal(seq)
return { next_generation, record }
