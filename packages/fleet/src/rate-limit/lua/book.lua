-- Booking, moving and giving back the slots of a call.

-- The first entry of a lease in the log, where no window counts the log its only one: that says its units, then.
local function first_member(lease, units)
  return (has_log or units == 1) and lease or lease .. '*' .. units
end

-- A lease's slots in the log: one entry a unit where a window counts the log (none has a limit above 1,000), else one for the lease.
local function members(lease, units)
  local names = { first_member(lease, units) }
  for unit = 2, has_log and math.min(units, 1000) or 1 do names[unit] = lease .. ':' .. unit end
  return names
end

-- Writes the lease's slots with the moment from which the call has ended; drops those that no window counts.
local function write_log(lease, units, ended)
  local entries, score = {}, int(ended)
  for _, member in ipairs(members(lease, units)) do
    entries[#entries + 1] = score
    entries[#entries + 1] = member
  end
  redis.call('ZREMRANGEBYSCORE', LOG, '-inf', int(now - longest_log))
  redis.call('ZADD', LOG, unpack(entries))
  redis.call('PEXPIRE', LOG, int(longest_log + LONGEST_HOLD_MS))
end

local function add_bucket(rule, moment, units, total)
  local key = KEYS[rule.key]
  -- a new bucket: the key lives until that has left the window, and until the next take has noticed
  local bucket = int(math.floor(moment / rule.width))
  local held = redis.call('HINCRBY', key, bucket, int(units))
  if held == units then redis.call('PEXPIRE', key, 3 * rule.ms + LONGEST_HOLD_MS) end
  if held <= 0 then redis.call('HDEL', key, bucket) end
  if total == 0 then return end
  state[rule.total] = tonumber(state[rule.total] or 0) + total
  change(rule.total, int(state[rule.total]))
end

-- Books units in every window, whatever the limits say. `ended` is the call's latest end.
local function book(lease, units, ended)
  for _, rule in ipairs(rules) do
    if rule.kind == 'buckets' then add_bucket(rule, ended, units, units) end
    if rule.kind == 'calendar' then add_periods(rule, now - plan.margin, ended, units) end
    local bound = state.bounds[rule.id]
    if bound and (bound.leftUntil or 0) > now then
      bound.left = math.max(bound.left - units, 0)
      state.spent = true
    end
  end
  write_log(lease, units, ended)
  if state.spent then save_bounds() end
end

-- When the lease is booked to end, where its call still runs; nil where it has ended or is not known.
local function booked_end(lease, units)
  local score = tonumber(redis.call('ZSCORE', LOG, first_member(lease, units)) or 0)
  return score > now and score or nil
end

-- The call has ended, or cannot arrive any more, at `ended`. Where Redis had forgotten the slots they count again.
local function settle(lease, units, ended)
  local booked = booked_end(lease, units)
  for _, rule in ipairs(rules) do
    if rule.kind == 'buckets' then
      bucket_used(rule, true)
      if not booked then
        add_bucket(rule, ended, units, units)
      elseif math.floor(booked / rule.width) ~= math.floor(ended / rule.width) then
        add_bucket(rule, booked, -units, 0)
        add_bucket(rule, ended, units, 0)
      end
    elseif rule.kind == 'calendar' then
      local last = ended + plan.margin
      if not booked then
        add_periods(rule, now - plan.margin, last, units)
      elseif last < booked then
        -- only periods that begin after the end are given back
        for _, start in ipairs(rule.starts) do
          if start > last and start <= booked then add_periods(rule, start, start, -units) end
        end
      end
    end
  end
  write_log(lease, units, ended)
end

-- The call of a running lease was never made: nothing of it counts. `taken` is when it was booked.
local function give_back(lease, units, taken)
  local booked = booked_end(lease, units)
  if not booked then return false end
  for _, rule in ipairs(rules) do
    if rule.kind == 'buckets' then
      bucket_used(rule, true)
      add_bucket(rule, booked, -units, -units)
    elseif rule.kind == 'calendar' then
      add_periods(rule, taken - plan.margin, booked, -units)
    end
  end
  redis.call('ZREM', LOG, unpack(members(lease, units)))
  return true
end
