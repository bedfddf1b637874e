#!lua flags=allow-oom
-- Closes a quota because its provider refuses; never shortens what is closed already.
-- KEYS closed
-- ARGV for how long (ms)
--@include lib
close(KEYS[1], tonumber(ARGV[1]))
