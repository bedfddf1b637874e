#!lua flags=allow-oom
-- Gives back the slots of a call that was never made and never will be.
-- KEYS, ARGV see lib; then ARGV lease, units, Redis time of its booking, tenant whose share it counts in ('' none)
-- Returns {1 given back, 0 it had ended or is not known, -2 a calendar's table does not reach far enough; 0, 0, Redis time, epoch}
--@include lib
--@include same
--@include windows
--@include share
--@include shares
--@include book
--@include settle
--@include breaker
if not is_covered(plan.hold) then return { -2, 0, 0, now, state.born or '' } end
local given = give_back(ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7]), ARGV[8])
judge(ARGV[5], '')
save()
return { given and 1 or 0, 0, 0, now, state.born or '' }
