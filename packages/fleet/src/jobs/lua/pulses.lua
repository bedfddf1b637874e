#!lua flags=no-writes
-- Where a page of a bucket's open jobs stands, without reading them.
-- KEYS open
-- ARGV cursor, page, beginning of the jobs' keys
-- Returns {Redis time in ms, next cursor, and for each: job id, when it is due, version, last event's number, time of that event or of the beginning}; the version is empty for a
-- job whose keys are gone.
local clock = redis.call('TIME')
local page = redis.call('ZSCAN', KEYS[1], ARGV[1], 'COUNT', ARGV[2])
local answer = { clock[1] .. string.sub('000000' .. clock[2], -6, -4), page[1] }
local entries = page[2]
for at = 1, #entries, 2 do
  local job_key = ARGV[3] .. entries[at]
  local held = redis.call('HMGET', job_key, 'version', 'seq', 'created')
  local last = redis.call('LINDEX', job_key .. ':events', -1)
  local told = last and string.match(last, '"atMs":(%d+)')
  for _, value in ipairs({ entries[at], entries[at + 1], held[1] or '', held[2] or '0', told or held[3] or '0' }) do
    answer[#answer + 1] = value
  end
end
return answer
