#!lua
-- Brings a job back from its image, where none of its id is held. What was lost since then is not known to it: nothing that was planned or
-- begun after the image counts.
-- KEYS job, events, open, failed
-- ARGV job id, seq, life of the keys (s; 0 for an open job), 1 when something is to come of it, fields (JSON, a flat list),
--   members for the failure desk (JSON)
-- Returns 1, or 0 when such a job is there already.
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
local clock = redis.call('TIME')
local now = clock[1] .. string.sub('000000' .. clock[2], -6, -4)
local fields = cjson.decode(ARGV[5])
for at = 1, #fields, 1000 do redis.call('HSET', KEYS[1], unpack(fields, at, math.min(at + 999, #fields))) end
redis.call('DEL', KEYS[2])
-- more than any count of plans: whoever saw the job before applies nothing
redis.call('HSET', KEYS[1], 'seq', ARGV[2], 'base', ARGV[2], 'version', now)
if ARGV[3] == '0' then
  redis.call('HDEL', KEYS[1], 'started')
  redis.call('HSET', KEYS[1], 'since', now, 'limit', 0)
else
  redis.call('EXPIRE', KEYS[1], ARGV[3])
end
if ARGV[4] == '1' then
  redis.call('ZADD', KEYS[3], now, ARGV[1])
  redis.call('PUBLISH', 'due', KEYS[3])
end
for _, member in ipairs(cjson.decode(ARGV[6])) do redis.call('ZADD', KEYS[4], 'NX', now, member) end
return 1
