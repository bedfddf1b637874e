#!lua flags=allow-oom
-- Puts another plan into force. What was used counts in the new windows as well, as far as it is known; where it is not, they owe.
-- KEYS, ARGV see lib, of the new plan; then ARGV identity of the plan before, its rules (JSON: {id, kind, ms, width}), how each new window
--      gets its counts (JSON, by rule: keep, log, or ms of the window in buckets that it is made from; a rule that is missing owes), debts as
--      for `open` of all that may owe (JSON), the new quota as JSON
-- Returns {1 in force, 0 the plan before is another one: that comes behind as JSON, -1 nothing has begun, -2 a calendar's table does not reach far
--      enough; 0, 0, Redis time, epoch}
--@include lib
--@include windows
--@include share
--@include book
local before, old_rules, sources, all_debts = ARGV[5], cjson.decode(ARGV[6]), cjson.decode(ARGV[7]), cjson.decode(ARGV[8])
local since, debts = now, {}
--@include owe
local function done(code, ...) return { code, 0, 0, now, state.born or '', ... } end
if not state.born then return done(-1) end
if state.plan == plan.identity then return done(1) end
if state.plan and state.plan ~= before then return done(0, redis.call('HGET', STATE, 'quota')) end
if not is_covered(plan.hold) then return done(-2) end

-- What the log knows exactly: units of each entry by when its call ended, or is booked to.
local old_longest = 0
for _, old in ipairs(old_rules) do if old.kind == 'log' then old_longest = math.max(old_longest, old.ms) end end
local known = {}
local entries = redis.call('ZRANGE', LOG, '(' .. int(math.min(now - old_longest, now)), '+inf', 'BYSCORE', 'WITHSCORES')
for index = 1, #entries, 2 do
  local lease, units = string.match(entries[index], '^(.*)%*(%d+)$')
  known[#known + 1] = { tonumber(entries[index + 1]), tonumber(units or 1) }
  -- a window that counts the log wants an entry for each unit
  if units and has_log then
    redis.call('ZREM', LOG, entries[index])
    for _, member in ipairs(members(lease, tonumber(units))) do redis.call('ZADD', LOG, entries[index + 1], member) end
  end
end

-- What only the buckets of an old window know, as late as it may have been, the oldest first.
local function rest_of(ms)
  local width, units, order, rest = nil, {}, {}, {}
  for _, old in ipairs(old_rules) do if old.kind == 'buckets' and old.ms == ms then width = old.width end end
  local all = redis.call('HGETALL', bucket_key(ms))
  for index = 1, #all, 2 do units[tonumber(all[index])] = tonumber(all[index + 1]) end
  for _, entry in ipairs(known) do
    local bucket = math.floor(entry[1] / width)
    if units[bucket] then units[bucket] = units[bucket] - entry[2] end
  end
  for bucket, count in pairs(units) do
    if count > 0 and (bucket + 1) * width > now - ms then order[#order + 1] = bucket end
  end
  table.sort(order)
  for _, bucket in ipairs(order) do rest[#rest + 1] = { math.min((bucket + 1) * width - 1, now), units[bucket] } end
  return rest
end
local rests = {}
for _, source in pairs(sources) do
  if type(source) == 'number' then rests[source] = rests[source] or rest_of(source) end
end

-- What a window owes goes on to those that get their counts from it: the shortest one that knows as much as they need.
local debts_before = {}
for id, bound in pairs(state.bounds) do
  if (bound.debtUntil or 0) > now then debts_before[id] = { bound.debt, bound.debtUntil } end
end
local function inherited(source, needed)
  local shortest
  for _, old in ipairs(old_rules) do
    local fits = type(source) == 'number' and old.kind == 'buckets' and old.ms == source or type(source) ~= 'number' and old.kind == 'log'
    if fits and old.ms >= needed and (not shortest or old.ms < shortest.ms) then shortest = old end
  end
  return shortest and debts_before[shortest.id]
end

-- Rules that are no more leave nothing behind; should they come back, they begin from what is known then.
local stays = {}
for _, rule in ipairs(rules) do stays[rule.kind .. rule.id], stays[rule.id] = true, true end
for _, old in ipairs(old_rules) do
  if not stays[old.id] then state.bounds[old.id] = nil end
  if not stays[old.kind .. old.id] then
    if old.kind == 'buckets' then redis.call('DEL', bucket_key(old.ms)) end
    redis.call('HDEL', STATE, old.id, old.id .. ':total', old.id .. ':first')
    state[old.id], state[old.id .. ':total'], state[old.id .. ':first'] = nil, nil, nil
  end
end

local function each_known(source, visit)
  for _, entry in ipairs(rests[source] or {}) do visit(entry[1], entry[2]) end
  for _, entry in ipairs(known) do visit(entry[1], entry[2]) end
end

local owing = {}
-- How far back a window must be known (ms): to its length, or to the begin of the period.
local function needed_for(rule)
  local needed = rule.ms
  if rule.starts then each_period(rule, now, now, function(start) needed = now - start + plan.margin end) end
  return needed
end
local logged
for _, rule in ipairs(rules) do
  local source = sources[rule.id]
  local bound = state.bounds[rule.id]
  local needed = needed_for(rule)
  if not source or (rule.kind == 'calendar' and source ~= 'keep' and needed > (type(source) == 'number' and source or old_longest)) then
    owing[rule.id] = true
  elseif source ~= 'keep' and rule.kind == 'buckets' then
    local counts = {}
    each_known(source, function(moment, units)
      local bucket = math.floor(moment / rule.width)
      if moment > now - rule.ms then counts[bucket] = (counts[bucket] or 0) + units end
    end)
    for bucket, units in pairs(counts) do add_bucket(rule, bucket * rule.width, units, units) end
    change(rule.first, int(math.floor((now - rule.ms) / rule.width)))
  elseif source ~= 'keep' and rule.kind == 'calendar' then
    for _, start in ipairs(rule.starts) do
      local held = 0
      each_known(source, function(moment, units) if moment + plan.margin >= start then held = held + units end end)
      if held > 0 then add_periods(rule, start, start, held) end
    end
  elseif source ~= 'keep' and (not logged or source > logged) then
    logged = source
  end
  local debt = source and not (source == 'keep' and debts_before[rule.id]) and (rule.kind == 'log' or source ~= 'keep')
    and inherited(source, needed)
  if debt then
    debts[#debts + 1] = { id = rule.id, units = debt[1], ms = rule.starts and 0 or debt[2] - now }
  end
  -- a word of the provider that is not below ours any more
  if bound and bound.limit and bound.limit >= rule.limit then bound.limit, bound.limitUntil = nil, nil end
end
-- What only buckets knew becomes entries of the log: the youngest, as many as a window counts there at most.
if logged then
  local rest, left = rests[logged], 1000
  for index = #rest, 1, -1 do
    for unit = 1, math.min(rest[index][2], left) do
      redis.call('ZADD', LOG, int(rest[index][1]), 'kept:' .. index .. ':' .. unit .. ':' .. plan.identity)
    end
    left = math.max(left - rest[index][2], 0)
  end
end
redis.call('PEXPIRE', LOG, int(longest_log + LONGEST_HOLD_MS))
for _, debt in ipairs(all_debts) do
  if owing[debt.id] then debts[#debts + 1] = debt end
end
owe()
change('plan', plan.identity)
change('quota', ARGV[9])
save()
return done(1)
