#!lua
-- Takes jobs that are due, for a while: if their taker is silent that long, they are due again.
-- KEYS open
-- ARGV how many at most, lease (ms), beginning of the jobs' keys
-- Returns {Redis time in ms, {job id, last event's number, hash as a flat list}, …}
local clock = redis.call('TIME')
local now = clock[1] .. string.sub('000000' .. clock[2], -6, -4)
local taken = { now }
for _, job_id in ipairs(redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[1])) do
  redis.call('ZADD', KEYS[1], tonumber(now) + tonumber(ARGV[2]), job_id)
  local job_key = ARGV[3] .. job_id
  taken[#taken + 1] = { job_id, redis.call('LLEN', job_key .. ':events'), redis.call('HGETALL', job_key) }
end
return taken
