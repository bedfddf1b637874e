-- Books a slot in every window, or in none. Needs lib, windows, share, book, breaker.

-- Why nothing can be decided: -2 a calendar's table does not reach far enough, -1 the counters are new or not those that the caller knows; else nil.
local function obstacle(known, hold)
  if not is_covered(hold) then return -2 end
  if not state.born or (known ~= '' and known ~= state.born) then return -1 end
  return nil
end

local function run_id()
  local info = redis.call('INFO', 'server')
  local _, at = string.find(info, 'run_id:', 1, true)
  return string.sub(info, at + 1, at + 40)
end

-- A server that was started anew may have lost its last seconds: the calls that they can have held are booked, as if all still ran.
-- LASTSAVE is when the server saved last, or began: a tenth of the cost of INFO. It is noted two seconds later at the earliest, so that a server
-- that begins after that, on a clock that was not set back by as much (which is noticed as a jump), always shows another.
local function make_up_for_restart()
  local saved = redis.call('LASTSAVE')
  if saved == tonumber(state.saved) then return end
  local run = run_id()
  if tonumber(redis.call('TIME')[1]) >= saved + 2 then change('saved', int(saved)) end
  if run == redis.call('HGET', STATE, 'run') then return end
  change('run', run)
  book('lost:' .. run, plan.lost, now + plan.hold + 1)
end

-- From when an event of the rule is a new one: a calendar's with its period, else after a length of the window.
local function told_before(rule)
  if not rule.starts then return now - rule.ms end
  local begin = 0
  each_period(rule, now, now, function(start) begin = start - 1 end)
  return begin
end

-- Tells once a window that it is nearly or wholly used.
local function tell_use(rule, before, after, limit)
  local level = after >= limit and before < limit and 'exhausted' or after >= 0.8 * limit and before < 0.8 * limit and 'near'
  if not level then return end
  local field = 'e:' .. level .. ':' .. rule.id
  if tonumber(redis.call('HGET', STATE, field) or 0) > told_before(rule) then return end
  change(field, now)
  local event = { v = 1, kind = level, quota = plan.name, window = rule.id, used = after, limit = limit, atMs = now }
  redis.call('PUBLISH', 'quota:events', cjson.encode(event))
end

-- Returns 1 granted, 0 refused, 2 granted in shadow where it would be refused; ms until the next try is worthwhile;
-- what refuses: number of the rule, 0 the provider, -1 the breaker. `sharer`: the tenant whose share it counts in, if any.
local function try(lease, units, hold, sharer)
  make_up_for_restart()
  local longest, which, looks = closed_for(), 0, {}
  if down_for() > longest then longest, which = down_for(), -1 end
  for index, rule in ipairs(rules) do
    local used, limit, wait = look(rule, units, hold, true)
    looks[index] = { used, limit }
    if wait > longest then longest, which = wait, index end
  end
  if longest > 0 and not plan.shadow then return 0, longest, which end
  local ended = now + hold + 1
  if plan.breaker and state.down then
    change('trial', lease)
    change('trialUntil', ended)
  end
  book(lease, units, ended, sharer)
  for index, rule in ipairs(rules) do
    local used, limit = looks[index][1], looks[index][2]
    if used + units >= 0.8 * limit then tell_use(rule, used, used + units, limit) end
  end
  return longest > 0 and 2 or 1, longest, which
end

local REFUSALS_LIFE_MS, REFUSALS_KEPT = 31 * 86400000, 1000
-- Counts by what refused and for whom; where there are too many tenants, the rest is one.
local function count_refusal(code, which, tenant)
  local rule = rules[which]
  local stem = (code == 2 and 'would ' or 'did ') .. (rule and rule.id or which == 0 and 'provider' or 'breaker') .. ' '
  local field = stem .. tenant
  if redis.call('HINCRBY', REFUSALS, field, 1) > 1 then return end
  if redis.call('HLEN', REFUSALS) > REFUSALS_KEPT then
    redis.call('HDEL', REFUSALS, field)
    redis.call('HINCRBY', REFUSALS, stem .. '*', 1)
  end
  if redis.call('PTTL', REFUSALS) < 0 then redis.call('PEXPIRE', REFUSALS, REFUSALS_LIFE_MS) end
end
