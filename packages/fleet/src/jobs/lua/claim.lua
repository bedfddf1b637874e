#!lua flags=allow-oom
-- Takes jobs that are due, for a while: if their taker is silent that long, they are due again.
-- An amending job whose keys have run out leaves the list.
-- KEYS open
-- ARGV how many at most, lease (ms), beginning of the jobs' keys
-- Returns {Redis time in ms, hash as a flat list, …}
local clock = redis.call('TIME')
local now = clock[1] .. string.sub('000000' .. clock[2], -6, -4)
local taken = { now }
for _, job_id in ipairs(redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[1])) do
  local hash = redis.call('HGETALL', ARGV[3] .. job_id)
  if #hash == 0 then
    redis.call('ZREM', KEYS[1], job_id)
  else
    redis.call('ZADD', KEYS[1], tonumber(now) + tonumber(ARGV[2]), job_id)
    taken[#taken + 1] = hash
  end
end
return taken
