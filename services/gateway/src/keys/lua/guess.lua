-- Counts a wrong key of an address, and says how long the address has to wait before it may try another one.
-- KEYS: 1 guesses:<address>  ARGV: 1 "1": a wrong key came, "0": only looks  2 how many are free  3 longest wait, ms  4 life of the count, ms
-- Back: ms to wait, 0: it may try.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local held = redis.call('HMGET', KEYS[1], 'n', 'until')
local n, closed = tonumber(held[1] or '0'), tonumber(held[2] or '0')
if ARGV[1] == '0' then return math.max(0, closed - now) end
n = n + 1
local over = n - tonumber(ARGV[2])
local wait = 0
if over > 0 then wait = math.min(tonumber(ARGV[3]), 1000 * 2 ^ math.min(over - 1, 20)) end
redis.call('HSET', KEYS[1], 'n', n, 'until', string.format('%.0f', now + wait))
redis.call('PEXPIRE', KEYS[1], ARGV[4])
return wait
