#!lua
-- Takes the lease of a question, or tells who has it, or how the flight that is waited for has ended.
-- KEYS flight, last
-- ARGV me, lease (ms), whose flight is waited for (empty: nobody's)
-- Returns {mine}, {held, owner, ms left of the lease}, or {ended, outcome}
local last = redis.call('GET', KEYS[2])
if last then
  local owner, outcome = string.match(last, '^(%S+) (.*)$')
  if owner == ARGV[3] then return { 'ended', outcome } end
end
local owner = redis.call('GET', KEYS[1])
if owner then return { 'held', owner, redis.call('PTTL', KEYS[1]) } end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return { 'mine' }
