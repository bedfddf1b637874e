#!lua flags=allow-oom
-- Records the outcome of a task once for each generation.
-- A `deferred` outcome gives way to `done` of the same generation; a later generation replaces an earlier one.
-- When `done` follows `failed` or `deferred`, the job has healed there and its report wants amending.
-- When the stage has no open task left, the outcome wakes another stage, or something has healed, the job asks for a look.
-- KEYS job, events, journal, open
-- ARGV job id, channel, task id, generation, status, outcome (JSON), stage, wakes (1 or 0), event body (JSON)
-- Returns recorded, healed, duplicate, superseded, closed or gone.
local job_key, events_key, journal_key = KEYS[1], KEYS[2], KEYS[3]
local job_id, channel = ARGV[1], ARGV[2]
--@include lib
local task, generation, status, stage, wakes = ARGV[3], ARGV[4], ARGV[5], ARGV[7], ARGV[8]
local held = redis.call('HMGET', job_key, 'state', 'g:' .. task, 'x:' .. task)
local state, current, outcome = held[1], held[2], held[3]
if not state or not current then return 'gone' end
if is_dead(state) then return 'closed' end
if tonumber(generation) < tonumber(current) then return 'superseded' end
local counted, healed = true, false
if outcome then
  local settled_generation, settled_status = string.match(outcome, '^(%d+):(%a+):')
  if settled_generation == generation then
    if settled_status ~= 'deferred' or status ~= 'done' then return 'duplicate' end
    counted = false
  end
  healed = status == 'done' and settled_status ~= 'done'
end
redis.call('HSET', job_key, 'x:' .. task, generation .. ':' .. status .. ':' .. ARGV[6])
redis.call('HDEL', job_key, 'b:' .. task)
local open = 1
if counted then open = redis.call('HINCRBY', job_key, 'n:' .. stage, -1) end
if healed then redis.call('HINCRBY', job_key, 'amend', 1) end
redis.call('HINCRBY', job_key, 'version', 1)
emit(ARGV[9])
tell()
journal()
if open <= 0 or wakes == '1' or healed then wake(KEYS[4]) end
return healed and 'healed' or 'recorded'
