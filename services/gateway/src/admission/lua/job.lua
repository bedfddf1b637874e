-- Takes a place for a job among those of its tenant that are at work, and counts it for the day (UTC). A job that has a place is not counted twice.
-- KEYS: 1 in-flight:{tenant}  2 jobs-today:{tenant}
-- ARGV: 1 job id  2 most at work  3 most a day  4 how many old places to name
-- Back: 'ok' | 'jobs' | 'day', ms until the next day, then id and time (ms) of the oldest places: those whose jobs have ended are to be given back.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local day = math.floor(now / 86400000)
local left = (day + 1) * 86400000 - now
local function back(verdict)
  local answer = { verdict, left }
  for _, each in ipairs(redis.call('ZRANGE', KEYS[1], 0, ARGV[4] - 1, 'WITHSCORES')) do answer[#answer + 1] = each end
  return answer
end
if redis.call('ZSCORE', KEYS[1], ARGV[1]) then return { 'ok', left } end
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[2]) then return back('jobs') end
local held = redis.call('HMGET', KEYS[2], 'day', 'jobs')
local jobs = 0
if tonumber(held[1] or '-1') == day then jobs = tonumber(held[2] or '0') end
if jobs >= tonumber(ARGV[3]) then return { 'day', left } end
redis.call('HSET', KEYS[2], 'day', day, 'jobs', jobs + 1)
redis.call('PEXPIRE', KEYS[2], left + 60000)
redis.call('ZADD', KEYS[1], now, ARGV[1])
redis.call('PEXPIRE', KEYS[1], 172800000)
return back('ok')
