-- Ends a tenant's change, if it is still this one's.
-- KEYS: 1 tenant-change:{tenant}  ARGV: 1 who changes it
-- Back: 1 where it was.
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
