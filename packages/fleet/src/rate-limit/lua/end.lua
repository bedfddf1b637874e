#!lua flags=allow-oom
-- The call has ended: its slots count for one full window from now. Where Redis had forgotten them they count again.
-- KEYS, ARGV see lib; then ARGV lease, units, how much later the call may still arrive (ms), for how long the provider refuses (ms; 0: it
--      does not), what the call says of the provider: reached, failed or ''
-- Returns {1 done or -2 where a calendar's table does not reach far enough, 0, 0, Redis time, epoch}
--@include lib
--@include windows
--@include book
--@include breaker
local lease, units, later, refused = ARGV[3], tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
if not is_covered(later + plan.margin) then return { -2, 0, 0, now, state.born or '' } end
settle(lease, units, now + later + 1)
judge(lease, ARGV[7])
if refused > 0 then close(refused) end
save()
return { 1, 0, 0, now, state.born or '' }
