#!lua
-- Books slots in every window of a quota, or in none.
-- They count until the call's latest end (time limit and margin) plus one full window; `end` shortens that.
-- KEYS closed, then each window
-- ARGV lease, units, time limit and margin (ms), then length (ms) and limit of each window
-- Returns {1, 0, 0} when booked; else {0, ms until the next try is worthwhile, what refused: number of the window, 0 the provider}
--@include lib
local lease, units, hold = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
local longest, which = closed_for(KEYS[1]), 0
for index = 2, #KEYS do
  redis.call('ZREMRANGEBYSCORE', KEYS[index], '-inf', now)
  local _, wait = look(KEYS[index], tonumber(ARGV[2 * index]), tonumber(ARGV[2 * index + 1]), units)
  if wait > longest then longest, which = wait, index - 1 end
end
if longest > 0 then return { 0, longest, which } end
for index = 2, #KEYS do
  count_for(KEYS[index], lease, units, hold + tonumber(ARGV[2 * index]))
end
return { 1, 0, 0 }
