#!lua flags=allow-oom
-- Gives back the granter's lease and tells the others.
-- KEYS stem of the line; ARGV quota, process
local LINE, now = KEYS[1], 0
--@include line
if redis.call('GET', GRANTER) ~= ARGV[2] then return end
redis.call('DEL', GRANTER)
wake(ARGV[1])
