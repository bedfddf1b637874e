#!lua flags=no-writes
-- When the message was queued that waits longest. Within a rank that is the first one; one of a lower rank may have waited for longer.
-- KEYS prioritized (a message's score is its rank * 2^32 and a running number), wait; both are BullMQ's
-- ARGV beginning of the keys of messages
-- Returns epoch ms, or nil where none waits
local RANK = 4294967296
local firsts, rank = { redis.call('LINDEX', KEYS[2], -1) or nil }, 0
while true do
  local first = redis.call('ZRANGE', KEYS[1], string.format('%.0f', rank * RANK), '+inf', 'BYSCORE', 'LIMIT', 0, 1, 'WITHSCORES')
  if not first[1] then break end
  firsts[#firsts + 1] = first[1]
  rank = math.floor(tonumber(first[2]) / RANK) + 1
end
local oldest
for _, id in ipairs(firsts) do
  local since = tonumber(redis.call('HGET', ARGV[1] .. id, 'timestamp') or nil)
  if since and (not oldest or since < oldest) then oldest = since end
end
return oldest and string.format('%.0f', oldest)
