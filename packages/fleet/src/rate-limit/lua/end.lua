#!lua flags=allow-oom
-- The call has ended: its slots count for one full window from now. Where Redis had forgotten them they count again.
-- KEYS, ARGV see lib; then ARGV lease, units, how much later the call may still arrive (ms), for how long the provider refuses (ms; 0: it
--      does not), what the call says of the provider: reached, failed or '',
--      tenant whose share it counts in ('' none)
-- Returns {1 done or -2 where a calendar's table does not reach far enough, 0, 0, Redis time, epoch}
--@include lib
--@include same
--@include windows
--@include share
--@include shares
--@include book
--@include settle
--@include breaker
local lease, units, later, refused = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
if not is_covered(later + plan.margin) then return { -2, 0, 0, now, state.born or '' } end
settle(lease, units, now + later + 1, ARGV[10])
judge(lease, ARGV[9])
if refused > 0 then close(refused) end
save()
return { 1, 0, 0, now, state.born or '' }
