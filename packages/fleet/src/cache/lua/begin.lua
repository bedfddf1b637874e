#!lua
-- Notes that somebody is about to bring an answer: it may be written while nothing that it belongs to is forgotten.
-- KEYS ticket, clock
-- ARGV me, epoch for a clock that is not there, life of the ticket (ms), life of the clock (ms)
-- Returns {epoch, n}
--@include clock
local epoch = openClock(KEYS[2], ARGV[2], ARGV[4])
local n = redis.call('HGET', KEYS[2], 'n')
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[3])
return { epoch, n }
