-- What a tenant with a share has used of each window: `<rule>|<part>` fields of one hash, parts being 64ths of a sliding window and periods of a
-- calendar's, each counted until it has left as a whole. Needs lib, windows.

local function share_key(tenant) return STEM .. 'share:' .. tenant end
local function part_of(rule, moment) return rule.id .. '|' .. int(math.floor(moment / math.ceil(rule.ms / 64))) end

local SHARE_FIELDS_PER_RULE = 200
-- Drops what no window counts any more.
local function tidy_share(key)
  local all = redis.call('HKEYS', key)
  if #all <= SHARE_FIELDS_PER_RULE * #rules then return end
  for _, field in ipairs(all) do
    local id, part = string.match(field, '^(.*)|(%d+)$')
    local keep = false
    for _, rule in ipairs(rules) do
      if rule.id == id and rule.starts then keep = tonumber(part) >= rule.starts[1] end
      if rule.id == id and not rule.starts then keep = (tonumber(part) + 1) * math.ceil(rule.ms / 64) > now - rule.ms end
    end
    if not keep then redis.call('HDEL', key, field) end
  end
end

-- Counts a call that lasts from the one moment to the other at the latest.
local function add_share(tenant, units, from, ended)
  local key, longest = share_key(tenant), 0
  for _, rule in ipairs(rules) do
    longest = math.max(longest, rule.ms)
    if rule.starts then
      each_period(rule, from - plan.margin, ended, function(begin) redis.call('HINCRBY', key, rule.id .. '|' .. int(begin), units) end)
    else
      redis.call('HINCRBY', key, part_of(rule, ended), units)
    end
  end
  redis.call('PEXPIRE', key, int(longest + longest / 32 + LONGEST_HOLD_MS))
  tidy_share(key)
end
