#!lua flags=allow-oom
-- Takes a job out of Redis, if it stands before the event of that number, or has another one of that number: the record knows better.
-- KEYS job, events
-- ARGV number of the last event that is recorded, when it was (epoch ms; may be empty)
-- Returns 1 when it was taken out.
local held = redis.call('HMGET', KEYS[1], 'seq', 'base')
if not held[1] then return 0 end
local recorded = tonumber(ARGV[1])
if tonumber(held[1]) >= recorded then
  -- The list begins after the event that its job was restored with.
  local place = recorded - tonumber(held[2] or 0) - 1
  local event = place >= 0 and ARGV[2] ~= '' and redis.call('LINDEX', KEYS[2], place)
  if not event or cjson.decode(event).atMs == tonumber(ARGV[2]) then return 0 end
end
return redis.call('UNLINK', KEYS[1], KEYS[2]) > 0 and 1 or 0
