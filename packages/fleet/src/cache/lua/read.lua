#!lua flags=allow-oom
-- Reads an entry if it is valid; one that is not is removed.
-- KEYS entry, clock
-- Returns {} where the namespace has no clock, {epoch, n} where there is no valid entry, or {epoch, n, entry with its head}
--@include clock
local clock = redis.call('HMGET', KEYS[2], 'epoch', 'n')
if not clock[1] then return {} end
local held = redis.call('GET', KEYS[1])
if not held then return clock end
local epoch, asked, tags = string.match(held, '^(%S+) (%d+) ([^\n]*)\n')
if epoch and isValid(KEYS[2], epoch, tonumber(asked), tags) then return { clock[1], clock[2], held } end
redis.call('UNLINK', KEYS[1])
return clock
