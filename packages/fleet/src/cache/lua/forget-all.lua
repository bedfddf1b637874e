#!lua flags=allow-oom
-- Forgets a whole namespace, in one step however large it is.
-- KEYS clock
-- ARGV epoch for a clock that is not there, life of the clock (ms), channel, notice
-- Returns {epoch, n}
--@include clock
local epoch = openClock(KEYS[1], ARGV[1], ARGV[2])
local n = redis.call('HINCRBY', KEYS[1], 'n', 1)
redis.call('HSET', KEYS[1], 'mark', n)
redis.call('PUBLISH', ARGV[3], epoch .. ' ' .. n .. ' ' .. ARGV[4])
return { epoch, n }
