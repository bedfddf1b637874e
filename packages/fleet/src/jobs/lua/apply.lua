#!lua flags=allow-oom
-- Applies a plan, if the job is still as the planner saw it.
-- KEYS job, events, open, journal, stats, failed
-- ARGV job id, channel, version seen, changes (JSON):
--   fields    flat list of hash fields to set
--   events    event bodies (JSON texts)
--   state, idx the state after the plan, and its place in the order of states
--   due_ms    when to look again, absent when the job rests
--   ended     true when this plan ends the job; amended true when it completes an amendment
--   life_s    life of an ended job's keys
--   pipeline  for the mean duration
--   settled   tasks that are done with in their first generation: counted when the job ends
--   deferred  what this plan goes on without, as members of the failure list: its answer may still come, and somebody must see to that
--   cancels   channel that tells the workers of a job that ends without a report
-- Returns {1, last event's number}, or {0, version} when the job has changed since. A step backwards is an error.
local job_key, events_key, journal_key = KEYS[1], KEYS[2], KEYS[4]
local job_id, channel = ARGV[1], ARGV[2]
--@include lib
local held = redis.call('HMGET', job_key, 'version', 'state', 'idx', 'created', 'seq', 'since')
if held[1] ~= ARGV[3] then return { 0, held[1] or '0' } end
local changes = cjson.decode(ARGV[4])
local closed = is_dead(held[2]) or held[2] == 'completed'
if closed and changes.state ~= held[2] then return redis.error_reply('BACKWARDS ' .. held[2] .. ' to ' .. changes.state) end
if changes.idx < tonumber(held[3]) then return redis.error_reply('BACKWARDS ' .. held[2] .. ' to ' .. changes.state) end
local seq = tonumber(held[5])
if #changes.events > 0 then seq = tell(seq, changes.events) end
redis.call('HSET', job_key, 'state', changes.state, 'idx', changes.idx, 'version', tonumber(held[1]) + 1, 'seq', seq,
  unpack(changes.fields))
if changes.ended then
  redis.call('HSET', job_key, 'ended', now)
  redis.call('EXPIRE', job_key, changes.life_s)
  redis.call('EXPIRE', events_key, changes.life_s)
  redis.call('HINCRBY', KEYS[5], 'ended:' .. changes.state, 1)
  -- a job that was reopened or restored has been counted
  local fresh = held[6] and 0 or changes.settled
  if changes.state == 'completed' then
    local field = 'mean:' .. changes.pipeline
    local took = tonumber(now) - tonumber(held[6] or held[4])
    local before = redis.call('HMGET', KEYS[5], field, 'settled')
    local mean = tonumber(before[1] or took)
    redis.call('HSET', KEYS[5], field, string.format('%.1f', mean * 0.9 + took * 0.1), 'settled', tonumber(before[2] or 0) + fresh)
  else
    redis.call('HINCRBY', KEYS[5], 'settled', fresh)
    redis.call('PUBLISH', changes.cancels, job_id)
  end
end
if changes.due_ms then redis.call('ZADD', KEYS[3], changes.due_ms, job_id) else redis.call('ZREM', KEYS[3], job_id) end
for _, member in ipairs(changes.deferred) do redis.call('ZADD', KEYS[6], now, member) end
if changes.amended then redis.call('HINCRBY', KEYS[5], 'amended', 1) end
journal(seq)
return { 1, seq }
