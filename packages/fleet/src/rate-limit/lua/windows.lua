-- What each kind of window holds, and when it has room again.
-- log: the calls that ended, or are booked to end, after the window's begin. buckets: the same in 64ths of the window, each counted until
-- it has left as a whole. calendar: the calls that may touch a period; `start=units` pairs in one field.

-- The total of a window kept in buckets; drops what has left it where `drop` is set. Amortised one step a bucket.
local function bucket_used(rule, drop)
  local key, first = rule.at, math.floor((now - rule.ms) / rule.width)
  local total, from = tonumber(state[rule.total] or 0), tonumber(state[rule.first] or first)
  if from >= first and state[rule.first] then return total end
  local gone = {}
  if first - from > 128 then
    local all = redis.call('HGETALL', key)
    for index = 1, #all, 2 do
      local bucket = tonumber(all[index])
      if bucket < first then gone[bucket] = tonumber(all[index + 1]) end
    end
    -- what had left it is not there any more once the key has expired
    if #all == 0 then total = 0 end
  else
    for bucket = from, first - 1 do gone[bucket] = tonumber(redis.call('HGET', key, bucket) or 0) end
  end
  for bucket, units in pairs(gone) do
    total = total - units
    if drop then redis.call('HDEL', key, bucket) end
  end
  if drop then
    state[rule.total], state[rule.first] = total, first
    change(rule.total, total)
    change(rule.first, first)
  end
  return total
end

local function bucket_wait(rule, lacking)
  local all, order, units = redis.call('HGETALL', rule.at), {}, {}
  local first = math.floor((now - rule.ms) / rule.width)
  for index = 1, #all, 2 do
    local bucket = tonumber(all[index])
    if bucket >= first then
      order[#order + 1] = bucket
      units[bucket] = tonumber(all[index + 1])
    end
  end
  table.sort(order)
  for _, bucket in ipairs(order) do
    lacking = lacking - units[bucket]
    if lacking <= 0 then return math.min((bucket + 1) * rule.width + rule.ms - now, rule.ms + rule.width) end
  end
  return nil
end

-- Entries of the log, where somebody has asked: no window that counts the log holds more.
local logged
local LOG_LIMIT = 1000

-- The units of a window that counts the log; where the whole log is far from filling it, and `exact` is not set, that is answer enough: one count for all windows.
local function log_used(rule, units, limit, exact)
  if not exact then
    logged = logged or redis.call('ZCARD', LOG)
    if logged + units < 0.8 * limit then return logged end
  end
  return redis.call('ZCOUNT', LOG, '(' .. int(now - rule.ms), '+inf')
end

local function log_wait(rule, lacking)
  local slot = redis.call('ZRANGE', LOG, '(' .. int(now - rule.ms), '+inf', 'BYSCORE', 'LIMIT', lacking - 1, 1, 'WITHSCORES')
  return slot[2] and math.min(tonumber(slot[2]) + rule.ms - now, rule.ms + 1)
end

-- The units of each period, by its begin.
local function counts_of(rule)
  if rule.counts then return rule.counts end
  local counts = {}
  rule.counts = counts
  for begin, units in string.gmatch(state[rule.id] or '', '(%d+)=(%d+)') do counts[tonumber(begin)] = tonumber(units) end
  return counts
end

-- Calls visit(begin, end) for each period that a call between the moments touches.
local function each_period(rule, from, to, visit)
  local starts = rule.starts
  for index = 1, #starts - 1 do
    if starts[index] <= to and starts[index + 1] > from then visit(starts[index], starts[index + 1]) end
  end
end

local function add_periods(rule, from, to, units)
  local counts, packed = counts_of(rule), {}
  each_period(rule, from, to, function(begin) counts[begin] = math.max((counts[begin] or 0) + units, 0) end)
  for begin, held in pairs(counts) do
    if begin >= rule.starts[1] and held > 0 then packed[#packed + 1] = string.format('%.0f=%d', begin, held) end
  end
  state[rule.id] = table.concat(packed, ' ')
  change(rule.id, state[rule.id])
end

-- The fullest period that a call between the moments touches, and when the last full one is over.
local function calendar_look(rule, hold, units, limit)
  local counts, used, over = counts_of(rule), 0, nil
  each_period(rule, now - plan.margin, now + hold + 1, function(begin, finish)
    local held = counts[begin] or 0
    used = math.max(used, held)
    if held + units > limit then over = finish end
  end)
  return used, over and over + plan.margin - now
end

-- Whether the tables of the calendar windows reach from before now to after the call.
local function is_covered(hold)
  for _, rule in ipairs(rules) do
    local starts = rule.starts
    if starts and (starts[1] > now - plan.margin or starts[#starts] <= now + hold + 1) then return false end
  end
  return true
end

-- Units used, the limit that is believed now, ms until a try for `units` is worthwhile (0: at once). `drop`: for a booking, which also forgets what has left
-- buckets, and to which the units below 80 % of the limit are all the same.
-- A call that still runs may end at any moment, so nothing is waited for longer than one window.
local function look(rule, units, hold, drop)
  local limit, debt, wait = rule.limit, 0, 0
  local bound = state.bounds[rule.id]
  if bound then
    if (bound.limitUntil or 0) > now then limit = math.min(limit, bound.limit) end
    if (bound.debtUntil or 0) > now then debt = math.min(bound.debt, rule.limit) end
    if (bound.leftUntil or 0) > now and bound.left < units then wait = bound.leftUntil - now end
  end
  local used, natural
  if rule.kind == 'calendar' then
    used, natural = calendar_look(rule, hold, units, limit - debt)
  else
    if rule.kind == 'log' then used = log_used(rule, units, limit - debt, not drop)
    else used = bucket_used(rule, drop) end
    local lacking = used + units + debt - limit
    if lacking > 0 and lacking <= used then
      natural = rule.kind == 'log' and log_wait(rule, lacking) or rule.kind == 'buckets' and bucket_wait(rule, lacking)
    end
  end
  used = used + debt
  if used + units > limit then
    local other = debt > 0 and bound.debtUntil - now or limit < rule.limit and bound.limitUntil - now or rule.ms
    wait = math.max(wait, natural and math.min(natural, debt > 0 and other or natural) or other, 1)
  end
  return used, limit, wait
end
