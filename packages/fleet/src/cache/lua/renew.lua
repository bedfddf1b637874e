#!lua flags=allow-oom
-- Lengthens the lease of a question, if it is still mine.
-- KEYS flight
-- ARGV me, lease (ms)
-- Returns 1 when it was mine.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('PEXPIRE', KEYS[1], ARGV[2])
