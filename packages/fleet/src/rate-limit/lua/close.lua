#!lua flags=allow-oom
-- Closes a quota because its provider refuses; never shortens what is closed already.
-- KEYS, ARGV see lib; then ARGV for how long (ms)
-- Returns {1, 0, 0, Redis time, epoch}
--@include lib
--@include same
close(tonumber(ARGV[5]))
save()
return { 1, 0, 0, now, state.born or '' }
