#!lua flags=allow-oom
-- Begins counters that are new, or that can no longer be believed. Idempotent: one caller begins them, the others join.
-- KEYS, ARGV see lib; then ARGV why (first, lost, jumped), epoch that the caller knows ('' for none), epoch to begin,
--      debts: JSON of {id, units, ms from the begin for which they count; 0: until the period that a call may touch now is over},
--      ms since the caller last saw the clock go right
-- Returns the epoch
--@include lib
--@include windows
local why, known, epoch, debts, silence = ARGV[3], ARGV[4], ARGV[5], cjson.decode(ARGV[6]), tonumber(ARGV[7])

local held = redis.call('HMGET', STATE, 'since', 'why')
local since, begun_by = tonumber(held[1] or now), held[2]

local function finish_of(rule)
  local last = now
  each_period(rule, since - plan.margin, since + plan.hold, function(_, finish) last = math.max(last, finish + plan.margin) end)
  return last
end

local function owe()
  for _, debt in ipairs(debts) do
    local bound = state.bounds[debt.id] or {}
    local rule
    for _, each in ipairs(rules) do if each.id == debt.id then rule = each end end
    local till = debt.ms > 0 and since + debt.ms or finish_of(rule)
    if till > now then
      bound.debt = math.max(debt.units, (bound.debtUntil or 0) > now and bound.debt or 0)
      bound.debtUntil = math.max(till, bound.debtUntil or 0)
      state.bounds[debt.id] = bound
    end
  end
  save_bounds()
end

if state.born and why == 'first' then return state.born end
-- Others have begun anew already; was it because of the same jump? Then these counters are of the clock as it goes now.
local is_settled = why ~= 'jumped' or (begun_by == 'jumped' and since >= now - silence and since <= now + 2000)
if state.born and state.born ~= known and is_settled then
  owe()
  save()
  return state.born
end
if state.born and why ~= 'jumped' then return state.born end
since = now
if why == 'jumped' then
  -- what stands there was counted on another clock; the provider's refusal is kept
  redis.call('DEL', STATE, LOG, unpack(KEYS, 4))
  state.bounds, state.touched = {}, nil
  if state.closed then change('closed', state.closed) end
end
change('born', epoch)
change('since', now)
change('why', why)
change('run', string.match(redis.call('INFO', 'server'), 'run_id:(%x+)'))
if why ~= 'first' then owe() end
save()
return epoch
