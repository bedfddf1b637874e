-- Moving, giving back and judging what `share` counts. Needs lib, windows, share.

-- The call has ended earlier than it was booked to.
local function settle_share(tenant, units, booked, ended)
  local key = share_key(tenant)
  for _, rule in ipairs(rules) do
    if rule.starts then
      for _, start in ipairs(rule.starts) do
        if start > ended + plan.margin and start <= booked then redis.call('HINCRBY', key, rule.id .. '|' .. int(start), -units) end
      end
    elseif part_of(rule, booked) ~= part_of(rule, ended) then
      redis.call('HINCRBY', key, part_of(rule, booked), -units)
      redis.call('HINCRBY', key, part_of(rule, ended), units)
    end
  end
end

local function drop_share(tenant, units, taken, booked)
  local key = share_key(tenant)
  for _, rule in ipairs(rules) do
    if rule.starts then
      each_period(rule, taken - plan.margin, booked, function(begin) redis.call('HINCRBY', key, rule.id .. '|' .. int(begin), -units) end)
    else
      redis.call('HINCRBY', key, part_of(rule, booked), -units)
    end
  end
end

-- Whether the units would take the tenant above its part of a window. At least one unit is everybody's.
local function exceeds_share(tenant, share, units, hold)
  local used, all = {}, redis.call('HGETALL', share_key(tenant))
  for index = 1, #all, 2 do
    local id, part = string.match(all[index], '^(.*)|(%d+)$')
    local rule
    for _, each in ipairs(rules) do if each.id == id then rule = each end end
    local counts = false
    if rule and rule.starts then
      each_period(rule, now - plan.margin, now + hold + 1, function(begin) counts = counts or begin == tonumber(part) end)
      -- periods are limits of their own: the fullest decides
      if counts then used[id] = math.max(used[id] or 0, tonumber(all[index + 1])) end
    elseif rule and (tonumber(part) + 1) * math.ceil(rule.ms / 64) > now - rule.ms then
      used[id] = (used[id] or 0) + tonumber(all[index + 1])
    end
  end
  for _, rule in ipairs(rules) do
    local paces = string.sub(rule.id, 1, 6) == 'burst:'
    if not paces and (used[rule.id] or 0) + units > math.max(math.floor(share * rule.limit), 1) then return true end
  end
  return false
end
