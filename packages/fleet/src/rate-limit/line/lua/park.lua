#!lua
-- Parks a question, or adds a subscriber to one that is there.
-- KEYS stem of the line
-- ARGV moment that is taken for now ('' for Redis TIME), quota, id, tenant, class, decides, units, time limit (ms), weight, token, most subscribers, share of the tenant ('' none)
-- Returns parked, joined, granted (a slot is reserved for it already, which the caller is to redeem: it is told of nothing later) or full
local LINE = KEYS[1]
--@include now
--@include line
local quota, id, tenant, class, decides = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])
local key = question(id)
local held = redis.call('HMGET', key, 'tenant', 'class', 'decides', 'seq', 'at', 'lease')
if held[1] then
  local until_ms = held[6] and redis.call('ZSCORE', RESERVED, id)
  if until_ms and tonumber(until_ms) > now then return 'granted' end
  if redis.call('HLEN', key) > tonumber(ARGV[11]) then return 'full' end
  redis.call('HSETNX', key, 't:' .. ARGV[10], '')
  -- its reservation has lapsed: with it, the granter lets the question wait again
  if held[6] then return 'joined' end
  -- the question is as urgent as the most urgent of those who ask it
  local before, weight = tonumber(held[2]), tonumber(held[3])
  if class < before or decides > weight then
    class, decides = math.min(class, before), math.max(decides, weight)
    dequeue(id, before, held[1])
    enqueue(id, class, held[1], decides, tonumber(held[4]), tonumber(held[5]))
    redis.call('HSET', key, 'class', class, 'decides', decides)
    if class < before then wake(quota) end
  end
  return 'joined'
end
local is_first = true
for each = 1, class do is_first = is_first and redis.call('EXISTS', class_key(each)) == 0 end
local seq = redis.call('HINCRBY', VARS, 'seq', 1)
redis.call('HSET', key, 'tenant', tenant, 'class', class, 'decides', decides, 'seq', seq, 'at', now, 'units', ARGV[7],
  'timeout', ARGV[8], 'weight', ARGV[9], 't:' .. ARGV[10], '')
if ARGV[12] ~= '' then redis.call('HSET', key, 'share', ARGV[12]) end
keep(key)
enqueue(id, class, tenant, decides, seq, now)
-- behind others of its class or a higher one it changes nothing for the granter, who waits for a slot
if is_first or redis.call('EXISTS', GRANTER) == 0 then wake(quota) end
return 'parked'
