#!lua flags=allow-oom
-- Forgets one answer, and whatever is being brought for it.
-- KEYS entry, ticket of asking, ticket of putting, clock
-- ARGV epoch for a clock that is not there, life of the clock (ms), channel, notice
-- Returns {epoch, n}
--@include clock
local epoch = openClock(KEYS[4], ARGV[1], ARGV[2])
local n = redis.call('HINCRBY', KEYS[4], 'n', 1)
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
redis.call('PUBLISH', ARGV[3], epoch .. ' ' .. n .. ' ' .. ARGV[4])
return { epoch, n }
