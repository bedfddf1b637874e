-- Whether a tenant's plan has room for another job; takes nothing.
-- KEYS: 1 in-flight:{tenant}  2 jobs-today:{tenant}
-- ARGV: 1 most at work  2 most a day  3 how many old places to name
-- Back: 'free' | 'jobs' | 'day'; where it is 'jobs', then id and time (ms) of the oldest places: those whose jobs have ended are to be given back.
if redis.call('ZCARD', KEYS[1]) >= tonumber(ARGV[1]) then
  local answer = { 'jobs' }
  for _, each in ipairs(redis.call('ZRANGE', KEYS[1], 0, ARGV[3] - 1, 'WITHSCORES')) do answer[#answer + 1] = each end
  return answer
end
local day = math.floor(redis.call('TIME')[1] / 86400)
local held = redis.call('HMGET', KEYS[2], 'day', 'jobs')
if tonumber(held[1] or '-1') == day and tonumber(held[2] or '0') >= tonumber(ARGV[2]) then return { 'day' } end
return { 'free' }
