#!lua flags=no-writes
-- KEYS open
-- ARGV how many at most
-- Returns the ids of the open jobs that are due by now, the longest overdue first.
local clock = redis.call('TIME')
local now = clock[1] .. string.sub('000000' .. clock[2], -6, -4)
return redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[1])
