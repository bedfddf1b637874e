#!lua
-- One step of the granter: keeps its lease, ends reservations that lapsed, and reserves a slot for the head of the line.
-- KEYS as lua/lib.lua says, then the stem of the line. ARGV see lib; then ARGV epoch that the caller knows, process, granter's lease (ms), name for the lease
--      of a slot, life of a reservation (ms), ms until a delivery is repeated, ms that a call may arrive after its time limit
-- Returns {code, ms to wait, what refuses, Redis time, epoch, what}; code as take's, and what is
--   held (another process grants, for so many ms), idle (nothing waits; the lease is given back), wait (look again after so many ms), or
--   granted, with the question's id, its tenant, and the tokens of those who are to be told
--@include lib
--@include same
--@include windows
--@include share
--@include shares
--@include book
--@include settle
--@include breaker
--@include try
local LINE = KEYS[#KEYS]
--@include ../line/lua/line
local known, me, granter_ms, lease, life, repeat_ms, margin =
  ARGV[5], ARGV[6], tonumber(ARGV[7]), ARGV[8], tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])
local epoch = state.born or ''
local function answer(code, wait, which, what, ...) return { code, math.ceil(wait), which, now, epoch, what, ... } end

local holder = redis.call('GET', GRANTER)
if holder and holder ~= me then return answer(1, math.max(redis.call('PTTL', GRANTER), 1), 0, 'held') end
local hurdle = obstacle(known, 0)
if hurdle then return answer(hurdle, 0, 0, '') end
redis.call('SET', GRANTER, me, 'PX', granter_ms)

-- Who asked a question is to be told, once it is granted, whatever becomes of it then: also where another one has redeemed its slot already.
local function to_be_told(id)
  local tell, fields, tokens = tell_key(id), {}, {}
  for _, field in ipairs(redis.call('HKEYS', question(id))) do
    if string.sub(field, 1, 2) == 't:' then
      fields[#fields + 1] = field
      tokens[#tokens + 1] = string.sub(field, 3)
    end
  end
  if #tokens > 0 then
    redis.call('SADD', tell, unpack(tokens))
    redis.call('HDEL', question(id), unpack(fields))
    keep(tell)
  end
  return redis.call('SMEMBERS', tell)
end

-- A reservation that nobody redeemed gives its slot back. Was everybody told, its question ends; else it waits for the others again, where it stood.
for _, id in ipairs(redis.call('ZRANGE', RESERVED, '-inf', now, 'BYSCORE', 'LIMIT', 0, 20)) do
  local held = redis.call('HMGET', question(id), 'lease', 'units', 'taken', 'tenant', 'class', 'decides', 'seq', 'at', 'share')
  redis.call('ZREM', RESERVED, id)
  if held[1] then
    redis.call('ZREM', DUE, id)
    give_back(held[1], tonumber(held[2]), tonumber(held[3]), held[9] and held[4] or '')
    judge(held[1], '')
    local others = to_be_told(id)
    if #others == 0 then
      redis.call('DEL', question(id))
    else
      redis.call('DEL', tell_key(id))
      redis.call('HDEL', question(id), 'lease', 'taken', 'given')
      for _, token in ipairs(others) do redis.call('HSET', question(id), 't:' .. token, '') end
      enqueue(id, tonumber(held[5]), held[4], tonumber(held[6]), tonumber(held[7]), tonumber(held[8]))
    end
  end
end

local function granted(id, until_ms, tokens)
  redis.call('ZADD', DUE, now + repeat_ms, id)
  keep(DUE)
  save()
  return answer(1, until_ms - now, 0, 'granted', id, redis.call('HGET', question(id), 'tenant') or '', unpack(tokens))
end

-- Who was not told of a grant yet, as far as is known.
local due = redis.call('ZRANGE', DUE, '-inf', now, 'BYSCORE', 'LIMIT', 0, 1)[1]
if due then
  local until_ms = redis.call('ZSCORE', RESERVED, due)
  -- it may have been redeemed, and asked and parked anew
  local tokens = until_ms and to_be_told(due) or redis.call('SMEMBERS', tell_key(due))
  if #tokens > 0 then return granted(due, tonumber(until_ms or now), tokens) end
  redis.call('ZREM', DUE, due)
end

for _, id in ipairs(redis.call('ZRANGE', AGES, '-inf', now - DAY_MS_LINE, 'BYSCORE', 'LIMIT', 0, 20)) do
  local held = redis.call('HMGET', question(id), 'class', 'tenant')
  if held[1] then dequeue(id, held[1], held[2]) else redis.call('ZREM', AGES, id) end
  redis.call('DEL', question(id))
end

-- The first question of a tenant in a class; what lies there without one is swept away.
local function first_of(class, tenant)
  while true do
    local id = redis.call('ZRANGE', wait_key(class, tenant), 0, 0)[1]
    if not id then redis.call('ZREM', class_key(class), tenant) return nil end
    if redis.call('EXISTS', question(id)) == 1 then return id end
    dequeue(id, class, tenant)
  end
end

local MOST_PASSED_OVER = 200
-- The head: highest class, then the tenant that has had least for its weight, then what decides most, then the oldest. A tenant that has used up its
-- share is passed over while another waits that has not; where all have, what is left is lent in the same order.
local function head()
  local passed, seen = nil, 0
  for class = 1, CLASSES do
    local place, tenant = 0, redis.call('ZRANGE', class_key(class), 0, 0)[1]
    while tenant and seen < MOST_PASSED_OVER do
      local id = first_of(class, tenant)
      if id then
        local asks = redis.call('HMGET', question(id), 'share', 'units', 'timeout')
        local share = tonumber(asks[1])
        if not share or not exceeds_share(tenant, share, tonumber(asks[2]), life + tonumber(asks[3]) + margin) then return class, tenant, id end
        passed, place, seen = passed or { class, tenant, id }, place + 1, seen + 1
      end
      tenant = redis.call('ZRANGE', class_key(class), place, place)[1]
    end
  end
  if passed then return unpack(passed) end
end

-- When a reservation lapses or a delivery is due, whatever else happens.
local function next_duty()
  local soonest = math.huge
  for _, key in ipairs({ RESERVED, DUE }) do
    local first = redis.call('ZRANGE', key, 0, 0, 'WITHSCORES')
    if first[2] then soonest = math.min(soonest, math.max(tonumber(first[2]) - now, 1)) end
  end
  return soonest
end

local class, tenant, id = head()
if not id then
  save()
  local duty = next_duty()
  if duty < math.huge then return answer(1, duty, 0, 'wait') end
  redis.call('DEL', GRANTER)
  return answer(1, 0, 0, 'idle')
end
local asks = redis.call('HMGET', question(id), 'units', 'timeout', 'weight', 'share')
local units = tonumber(asks[1])
local hold = life + tonumber(asks[2]) + margin
if not is_covered(hold) then
  save()
  return answer(-2, hold, 0, '')
end
local code, wait, which = try(lease, units, hold, asks[4] and tenant)
if code == 0 then
  save()
  return answer(1, math.min(wait, next_duty()), which, 'wait')
end
dequeue(id, class, tenant)
local tag = tonumber(redis.call('ZSCORE', TAGS, tenant) or 0)
local after = tag + units / tonumber(asks[3])
redis.call('HSET', VARS, 'v', tag)
redis.call('ZADD', TAGS, after, tenant)
for each = 1, CLASSES do redis.call('ZADD', class_key(each), 'XX', after, tenant) end
redis.call('ZADD', RESERVED, now + life, id)
redis.call('HSET', question(id), 'lease', lease, 'taken', now)
for _, key in ipairs({ RESERVED, TAGS, VARS, question(id) }) do keep(key) end
return granted(id, now + life, to_be_told(id))
