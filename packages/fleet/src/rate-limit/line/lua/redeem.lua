#!lua flags=allow-oom
-- Takes the slot that is reserved for a question; the question ends with it. Who asked it and does not know yet is told all the same.
-- KEYS stem of the line; ARGV moment that is taken for now ('' for Redis TIME), id
-- Returns {lease, units, Redis time of its booking, time limit (ms), share and tenant where it has one}, or nothing where none is reserved any more
local LINE = KEYS[1]
--@include now
--@include line
local id = ARGV[2]
local until_ms = redis.call('ZSCORE', RESERVED, id)
if not until_ms or tonumber(until_ms) <= now then return nil end
local held = redis.call('HMGET', question(id), 'lease', 'units', 'taken', 'timeout', 'share', 'tenant')
redis.call('ZREM', RESERVED, id)
redis.call('DEL', question(id))
if not held[1] then return nil end
return held
