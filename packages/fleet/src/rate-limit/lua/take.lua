#!lua
-- Books slots in every window of a quota, or in none.
-- They count until the call's latest end (time limit and margin) plus one full window; `end` shortens that.
-- KEYS, ARGV see lib; then ARGV epoch that the caller knows ('' for none), lease, units, time limit and margin (ms), tenant, whether it has a
--      share (1 or '')
-- Returns {code, ms until the next try is worthwhile, what refused, Redis time, epoch}; see try for the first three
--@include lib
--@include same
--@include windows
--@include share
--@include book
--@include breaker
--@include try
local known, lease, units, hold, tenant = ARGV[5], ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8]), ARGV[9]
local hurdle = obstacle(known, hold)
if hurdle then return { hurdle, 0, 0, now, state.born or '' } end
local code, wait, which = try(lease, units, hold, ARGV[10] ~= '' and tenant)
if code ~= 1 then count_refusal(code, which, tenant) end
save()
return { code, wait, which, now, state.born }
