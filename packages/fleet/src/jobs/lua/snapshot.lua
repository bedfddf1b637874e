#!lua flags=no-writes
-- The whole job at one moment.
-- KEYS job
-- Returns {Redis time in ms, hash as a flat list}; the list is empty for an unknown job.
local clock = redis.call('TIME')
return { clock[1] .. string.sub('000000' .. clock[2], -6, -4), redis.call('HGETALL', KEYS[1]) }
