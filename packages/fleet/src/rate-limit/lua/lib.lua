-- Shared by the scripts of quotas. One clock decides: Redis TIME, in whole milliseconds rounded down.
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)

-- ms for which the provider's refusal still holds
local function closed_for(key)
  return math.max(tonumber(redis.call('GET', key) or 0) - now, 0)
end

-- a refusal only lengthens what is closed already
local function close(key, ms)
  if closed_for(key) < ms then redis.call('SET', key, now + ms, 'PX', ms) end
end

-- Units that count, and ms until a try for `units` is worthwhile (0: at once).
-- A call that still runs may end at any moment, so no slot is waited for longer than one window.
local function look(key, window_ms, limit, units)
  local live = '(' .. now
  local used = redis.call('ZCOUNT', key, live, '+inf')
  local lacking = units + used - limit
  if lacking <= 0 then return used, 0 end
  local slot = redis.call('ZRANGE', key, live, '+inf', 'BYSCORE', 'LIMIT', lacking - 1, 1, 'WITHSCORES')
  return used, math.min(tonumber(slot[2]) - now, window_ms + 1)
end

-- Makes the lease's slots count for `ms` from now, and a millisecond more because TIME was rounded down.
local function count_for(key, lease, units, ms)
  for unit = 1, units do redis.call('ZADD', key, now + ms + 1, lease .. ':' .. unit) end
  local last = redis.call('ZRANGE', key, -1, -1, 'WITHSCORES')
  redis.call('PEXPIREAT', key, last[2])
end
