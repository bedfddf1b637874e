#!lua flags=allow-oom
-- Begins counters that are new, or that can no longer be believed. Idempotent: one caller begins them, the others join.
-- KEYS, ARGV see lib; then ARGV why (first, lost, jumped), epoch that the caller knows ('' for none), epoch to begin,
--      debts: JSON of {id, units, ms from the begin for which they count; 0: until the period that a call may touch now is over},
--      ms since the caller last saw the clock go right, the quota as JSON
-- Returns {1, 0, 0, Redis time, epoch}, or what `same` says
--@include lib
--@include same
--@include windows
local why, known, epoch, debts, silence = ARGV[5], ARGV[6], ARGV[7], cjson.decode(ARGV[8]), tonumber(ARGV[9])

local function begun(word) return { 1, 0, 0, now, word } end
local held = redis.call('HMGET', STATE, 'since', 'why')
local since, begun_by = tonumber(held[1] or now), held[2]

--@include owe

if state.born and why == 'first' then return begun(state.born) end
-- Others have begun anew already; was it because of the same jump? Then these counters are of the clock as it goes now.
local is_settled = why ~= 'jumped' or (begun_by == 'jumped' and since >= now - silence and since <= now + 2000)
if state.born and state.born ~= known and is_settled then
  owe()
  save()
  return begun(state.born)
end
if state.born and why ~= 'jumped' then return begun(state.born) end
since = now
if why == 'jumped' then
  -- what stands there was counted on another clock; the provider's refusal is kept
  redis.call('DEL', STATE, LOG)
  for _, rule in ipairs(rules) do if rule.at then redis.call('DEL', rule.at) end end
  state.bounds, state.touched = {}, nil
  if state.closed then change('closed', state.closed) end
end
change('born', epoch)
change('since', now)
change('why', why)
change('plan', plan.identity)
change('quota', ARGV[10])
change('run', string.match(redis.call('INFO', 'server'), 'run_id:(%x+)'))
if why ~= 'first' then owe() end
save()
return begun(epoch)
