#!lua
-- Writes an answer, if its ticket is still there and nothing that it belongs to was forgotten since it was asked for.
-- KEYS entry, ticket, ticket of whoever else brings one, clock
-- ARGV me, epoch and n of the ticket, tags (with blanks between), payload, life (ms), life of the clock (ms), channel and notice (empty: none)
-- Returns {1} when it was written, {0} when it is overtaken
--@include clock
local isMine = redis.call('GET', KEYS[2]) == ARGV[1]
if isMine then redis.call('DEL', KEYS[2]) end
if not (isMine and isValid(KEYS[4], ARGV[2], tonumber(ARGV[3]), ARGV[4])) then return { 0 } end
openClock(KEYS[4], ARGV[2], ARGV[7])
redis.call('SET', KEYS[1], ARGV[2] .. ' ' .. ARGV[3] .. ' ' .. ARGV[4] .. '\n' .. ARGV[5], 'PX', ARGV[6])
if ARGV[8] ~= '' then
  redis.call('DEL', KEYS[3])
  local n = redis.call('HINCRBY', KEYS[4], 'n', 1)
  redis.call('PUBLISH', ARGV[8], ARGV[2] .. ' ' .. n .. ' ' .. ARGV[9])
end
return { 1 }
