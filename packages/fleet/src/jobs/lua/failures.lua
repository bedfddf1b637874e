#!lua flags=allow-oom
-- Takes failures that are due, for a while: if their taker is silent that long, they are due again.
-- KEYS failed
-- ARGV how many at most, lease (ms)
-- Returns the members: job id, task id and generation, with a blank between.
local clock = redis.call('TIME')
local now = clock[1] .. string.sub('000000' .. clock[2], -6, -4)
local taken = redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[1])
for _, member in ipairs(taken) do redis.call('ZADD', KEYS[1], tonumber(now) + tonumber(ARGV[2]), member) end
return taken
