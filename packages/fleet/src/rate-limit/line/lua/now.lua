-- The moment that is taken for now: ARGV 1, or Redis TIME, rounded down (ms).
local now = tonumber(ARGV[1])
if not now then
  local clock = redis.call('TIME')
  now = tonumber(clock[1]) * 1000 + math.floor(tonumber(clock[2]) / 1000)
end
