#!lua flags=allow-oom
-- Records the outcome of a task once for each generation.
-- A `deferred` outcome gives way to any other of the same generation; a later generation replaces an earlier one.
-- When `done` follows `failed` or `deferred`, the job has healed there and its report wants amending.
-- A failure is noted for the failure desk, and so is what its worker defers.
-- When the stage has no open task left, the outcome wakes another stage, or something has failed or healed, the job asks for a look.
-- KEYS job, events, journal, open, failed
-- ARGV job id, channel, task id, generation, status, outcome (JSON), stage, wakes (1 or 0), event body (JSON), attempt for the history (JSON; may be
-- empty)
-- Returns recorded, healed, duplicate, superseded, closed or gone.
local job_key, events_key, journal_key = KEYS[1], KEYS[2], KEYS[3]
local job_id, channel = ARGV[1], ARGV[2]
--@include lib
local task, generation, status, stage, wakes = ARGV[3], ARGV[4], ARGV[5], ARGV[7], ARGV[8]
local held = redis.call('HMGET', job_key, 'state', 'g:' .. task, 'x:' .. task, 'n:' .. stage, 'amend', 'version', 'seq')
local state, current, outcome = held[1], held[2], held[3]
if not state or not current then return 'gone' end
if is_dead(state) then return 'closed' end
if generation ~= current then return 'superseded' end
local counted, healed = true, false
if outcome and outcome ~= '' then
  local settled_generation, settled_status = string.match(outcome, '^(%d+):(%a+):')
  if settled_generation == generation then
    if settled_status ~= 'deferred' or status == 'deferred' then return 'duplicate' end
    counted = false
  end
  healed = status == 'done' and settled_status ~= 'done'
end
local open = tonumber(held[4]) - (counted and 1 or 0)
local seq = tell(tonumber(held[7]), { ARGV[9] })
redis.call('HSET', job_key, 'x:' .. task, generation .. ':' .. status .. ':' .. ARGV[6], 'b:' .. task, '', 'n:' .. stage, open,
  'amend', tonumber(held[5]) + (healed and 1 or 0), 'version', tonumber(held[6]) + 1, 'seq', seq)
if ARGV[10] ~= '' then redis.call('HSET', job_key, 'a:' .. task, remember(task, ARGV[10])) end
journal(seq)
if status ~= 'done' then redis.call('ZADD', KEYS[5], now, job_id .. ' ' .. task .. ' ' .. generation) end
if healed or (counted and (open <= 0 or wakes == '1' or status == 'failed')) then wake(KEYS[4]) end
return healed and 'healed' or 'recorded'
