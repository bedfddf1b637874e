-- Shared by the scripts of quotas: one clock, the plan of the windows, the state of the quota.
-- KEYS begin with: state, log, refusals; the other keys of the quota have the same stem.
-- ARGV begins with: name of the quota, the moment that is taken for now (ms; '' for Redis TIME, rounded down), the longest that a call may
-- be booked for (ms), begins of periods (JSON: a list for each calendar rule, in their order).
-- The plan itself is part of the script's text, so that nothing of it is decoded with every call: see ../plan.ts.
--@plan
plan.name, plan.hold = ARGV[1], tonumber(ARGV[3])
local now = tonumber(ARGV[2])
if not now then
  local clock = redis.call('TIME')
  now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
end
local STATE, LOG, REFUSALS = KEYS[1], KEYS[2], KEYS[3]
local STEM = string.sub(STATE, 1, -6)
local function bucket_key(ms) return STEM .. 'buckets:' .. ms end
if plan.varies then
  local tables, place = plan.calendars > 0 and cjson.decode(ARGV[4]), 0
  for _, rule in ipairs(rules) do
    if rule.kind == 'buckets' then rule.at = bucket_key(rule.ms) end
    if rule.kind == 'calendar' then
      place = place + 1
      rule.starts = tables[place]
    end
  end
end
-- Whole numbers as text: Redis writes a Lua number as a float otherwise, which is several times slower.
local function int(number) return string.format('%d', number) end
-- No booking ends later than this after it was made: the longest call, the longest margin, and some.
local LONGEST_HOLD_MS = 700000

local function read_state()
  local held, state = redis.call('HMGET', STATE, unpack(fields)), {}
  for index = 1, #fields do state[fields[index]] = held[index] or nil end
  state.bounds = state.bounds and cjson.decode(state.bounds) or {}
  return state
end
local state = read_state()

-- What is to be written to the state at the end of the script, in one command.
local changes = {}
local function change(field, value)
  changes[#changes + 1] = field
  changes[#changes + 1] = value
end
local DAY_MS, STATE_LIFE_MS = 86400000, 62 * 86400000
local function save()
  local stale = now - tonumber(state.touched or 0)
  if stale > DAY_MS or stale < 0 then change('touched', now) end
  if #changes == 0 then return end
  redis.call('HSET', STATE, unpack(changes))
  if stale > DAY_MS or stale < 0 then redis.call('PEXPIRE', STATE, STATE_LIFE_MS) end
  changes = {}
end
local function save_bounds()
  if next(state.bounds) then change('bounds', cjson.encode(state.bounds)) else redis.call('HDEL', STATE, 'bounds') end
end

-- ms for which the provider's refusal still holds
local function closed_for() return math.max(tonumber(state.closed or 0) - now, 0) end

-- a refusal only lengthens what is closed already
local function close(ms)
  if closed_for() < ms then change('closed', now + ms) end
end
