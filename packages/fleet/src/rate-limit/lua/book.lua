-- Booking the slots of a call. Needs lib, windows, share.

-- The first entry of a lease in the log, where no window counts the log its only one: that says its units, then.
local function first_member(lease, units)
  return (has_log or units == 1) and lease or lease .. '*' .. units
end

-- A lease's slots in the log: one entry a unit where a window counts the log (none has a limit above 1,000), else one for the lease.
local function members(lease, units)
  local names = { first_member(lease, units) }
  for unit = 2, has_log and math.min(units, LOG_LIMIT) or 1 do names[unit] = lease .. ':' .. unit end
  return names
end

-- Writes the lease's slots with the moment from which the call has ended; drops those that no window counts, where a booking does not know that they are few.
local function write_log(lease, units, ended)
  local entries, score = {}, int(ended)
  for _, member in ipairs(members(lease, units)) do
    entries[#entries + 1] = score
    entries[#entries + 1] = member
  end
  if not logged or logged > LOG_LIMIT then redis.call('ZREMRANGEBYSCORE', LOG, '-inf', int(now - longest_log)) end
  redis.call('ZADD', LOG, unpack(entries))
  redis.call('PEXPIRE', LOG, int(longest_log + LONGEST_HOLD_MS))
end

local function add_bucket(rule, moment, units, total)
  local key = rule.at
  -- a new bucket: the key lives until that has left the window, and until the next take has noticed
  local bucket = int(math.floor(moment / rule.width))
  local held = redis.call('HINCRBY', key, bucket, int(units))
  if held == units then redis.call('PEXPIRE', key, 3 * rule.ms + LONGEST_HOLD_MS) end
  if held <= 0 then redis.call('HDEL', key, bucket) end
  if total == 0 then return end
  state[rule.total] = tonumber(state[rule.total] or 0) + total
  change(rule.total, int(state[rule.total]))
end

-- Books units in every window, whatever the limits say. `ended` is the call's latest end, `sharer` the tenant whose share it counts in, if any.
local function book(lease, units, ended, sharer)
  for _, rule in ipairs(rules) do
    if rule.kind == 'buckets' then add_bucket(rule, ended, units, units) end
    if rule.kind == 'calendar' then add_periods(rule, now - plan.margin, ended, units) end
    local bound = state.bounds[rule.id]
    if bound and (bound.leftUntil or 0) > now then
      bound.left = math.max(bound.left - units, 0)
      state.spent = true
    end
  end
  if sharer then add_share(sharer, units, now, ended) end
  write_log(lease, units, ended)
  if state.spent then save_bounds() end
end
