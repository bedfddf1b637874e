#!lua flags=allow-oom
-- Closes a quota because its provider refuses; never shortens what is closed already.
-- KEYS, ARGV see lib; then ARGV for how long (ms)
--@include lib
close(tonumber(ARGV[3]))
save()
