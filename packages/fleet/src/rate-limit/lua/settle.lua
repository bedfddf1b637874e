-- Moving and giving back the slots of a call. Needs lib, windows, share, shares, book.

-- When the lease is booked to end, where its call still runs; nil where it has ended or is not known.
local function booked_end(lease, units)
  local score = tonumber(redis.call('ZSCORE', LOG, first_member(lease, units)) or 0)
  return score > now and score or nil
end

-- The call has ended, or cannot arrive any more, at `ended`. Where Redis had forgotten the slots they count again.
local function settle(lease, units, ended, sharer)
  local booked = booked_end(lease, units)
  if sharer ~= '' and not booked then add_share(sharer, units, now, ended) end
  if sharer ~= '' and booked then settle_share(sharer, units, booked, ended) end
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
local function give_back(lease, units, taken, sharer)
  local booked = booked_end(lease, units)
  if not booked then return false end
  if sharer ~= '' then drop_share(sharer, units, taken, booked) end
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
