#!lua
-- Takes one redrive out of the retry budget: a share of the fresh work of the last five minutes, but some in any minute. Time is cut into slots of 10 s.
-- KEYS budget (hash; `f<slot>` count of fresh work as it stood then, `r<slot>` redrives in it)
-- ARGV fresh work so far (a count that only grows), percent, redrives a minute that are always free
-- Returns 0 when it was granted, else the ms until one may be free.
local SLOT_MS, MINUTE_SLOTS, FRESH_SLOTS, LIFE_S = 10000, 6, 30, 600
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
local slot = math.floor(now / SLOT_MS)
local fresh_now = tonumber(ARGV[1])
local spent, oldest_spent, oldest_fresh, since = 0, nil, nil, slot
local held = redis.call('HGETALL', KEYS[1])
for n = 1, #held, 2 do
  local kind, at = string.sub(held[n], 1, 1), tonumber(string.sub(held[n], 2))
  local age = slot - at
  if age < 0 or age > FRESH_SLOTS or (kind == 'r' and age > MINUTE_SLOTS) then
    redis.call('HDEL', KEYS[1], held[n])
  elseif kind == 'r' then
    spent = spent + tonumber(held[n + 1])
    if not oldest_spent or at < oldest_spent then oldest_spent = at end
  elseif at <= since then
    since, oldest_fresh = at, tonumber(held[n + 1])
  end
end
redis.call('HSETNX', KEYS[1], 'f' .. string.format('%.0f', slot), ARGV[1])
redis.call('EXPIRE', KEYS[1], LIFE_S)
local fresh_a_minute = 0
-- a count that went down was lost and begins anew
if oldest_fresh and fresh_now > oldest_fresh then fresh_a_minute = (fresh_now - oldest_fresh) * MINUTE_SLOTS / math.max(slot - since, 1) end
local allowed = math.max(tonumber(ARGV[3]), math.floor(fresh_a_minute * tonumber(ARGV[2]) / 100))
if spent >= allowed then return ((oldest_spent or slot) + MINUTE_SLOTS + 1) * SLOT_MS - now end
redis.call('HINCRBY', KEYS[1], 'r' .. string.format('%.0f', slot), 1)
return 0
