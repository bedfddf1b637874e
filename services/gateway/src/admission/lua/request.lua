-- Takes one token of a tenant's bucket.
-- KEYS: 1 rate:{tenant}  ARGV: 1 tokens a second  2 tokens that the bucket holds
-- Back: 0: taken; else ms until there is one.
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local rate, most = tonumber(ARGV[1]), tonumber(ARGV[2])
local held = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local at = tonumber(held[2] or now)
local tokens = math.min(most, tonumber(held[1] or most) + math.max(0, now - at) * rate / 1000)
local wait = 0
if tokens >= 1 then tokens = tokens - 1 else wait = math.ceil((1 - tokens) * 1000 / rate) end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', string.format('%.3f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(most * 1000 / rate) + 1000)
return wait
