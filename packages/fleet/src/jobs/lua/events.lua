#!lua flags=no-writes
-- Events of a job that Redis has, in order.
-- KEYS job, events
-- ARGV number of the last event that is known already
-- Returns them as JSON texts. The list begins after the event that its job was restored with.
local base = tonumber(redis.call('HGET', KEYS[1], 'base') or 0)
return redis.call('LRANGE', KEYS[2], math.max(0, tonumber(ARGV[1]) - base), -1)
