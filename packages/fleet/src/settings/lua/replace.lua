-- Replaces fields of a hash, each only where it is still what was seen: a change that was made meanwhile is newer, and stays.
-- KEYS: 1 the hash  ARGV: for each field three: its name, what was seen, what it is to be; '' is no field.
-- Back: how many were replaced.
local replaced = 0
for at = 1, #ARGV, 3 do
  if (redis.call('HGET', KEYS[1], ARGV[at]) or '') == ARGV[at + 1] then
    if ARGV[at + 2] == '' then
      redis.call('HDEL', KEYS[1], ARGV[at])
    else
      redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 2])
    end
    replaced = replaced + 1
  end
end
return replaced
