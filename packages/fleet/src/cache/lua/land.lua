#!lua flags=allow-oom
-- Gives the lease of a question back and leaves the outcome for those who wait, if it is still mine.
-- KEYS flight, last
-- ARGV me, outcome (JSON), life of the outcome (ms)
-- Returns 1 when it was mine.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[1] .. ' ' .. ARGV[2], 'PX', ARGV[3])
return redis.call('DEL', KEYS[1])
