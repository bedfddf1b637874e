#!lua flags=allow-oom
-- Forgets all answers of a namespace that have a tag, in one step however many they are. Above a number of marks all of them are
-- cleared away, and with them every answer that has any tag.
-- KEYS clock
-- ARGV epoch for a clock that is not there, life of the clock (ms), channel, notice, tag, most marks
-- Returns {epoch, n}
--@include clock
local epoch = openClock(KEYS[1], ARGV[1], ARGV[2])
local n = redis.call('HINCRBY', KEYS[1], 'n', 1)
if redis.call('HLEN', KEYS[1]) < tonumber(ARGV[6]) then
  redis.call('HSET', KEYS[1], 't:' .. ARGV[5], n)
else
  local mark = redis.call('HGET', KEYS[1], 'mark')
  local life = redis.call('PTTL', KEYS[1])
  redis.call('UNLINK', KEYS[1])
  redis.call('HSET', KEYS[1], 'epoch', epoch, 'n', n, 'mark', mark, 'floor', n)
  redis.call('PEXPIRE', KEYS[1], life)
end
redis.call('PUBLISH', ARGV[3], epoch .. ' ' .. n .. ' ' .. ARGV[4])
return { epoch, n }
