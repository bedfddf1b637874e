-- Shared by the scripts of job state. Expects: job_key, events_key, journal_key, job_id, channel.
-- Every change is an event: numbered, kept in the job's list, published; the journal notes the job and its last number, until it is recorded.
-- Few calls matter more here than few lines: each script reads the hash once and writes it once.
local clock = redis.call('TIME')
local now = clock[1] .. string.sub('000000' .. clock[2], -6, -4)

-- events are texts of JSON objects; returns the last one's number, which the caller writes into the hash as `seq`
local function tell(seq, bodies)
  local events = {}
  for n, body in ipairs(bodies) do
    seq = seq + 1
    events[n] = '{"jobId":"' .. job_id .. '","seq":' .. seq .. ',"atMs":' .. now .. ',' .. string.sub(body, 2)
  end
  redis.call('RPUSH', events_key, unpack(events))
  redis.call('PUBLISH', channel, table.concat(events, '\n'))
  return seq
end

local function journal(seq)
  redis.call('XADD', journal_key, '*', 'j', job_id, 's', seq)
end

-- the job wants a look of the orchestrator, now
local function wake(open_key)
  redis.call('ZADD', open_key, now, job_id)
  redis.call('PUBLISH', 'due', open_key)
end

-- a completed job has something open again: whoever finds what was lost looks among the open ones
local function watch(open_key)
  redis.call('ZADD', open_key, 'NX', tonumber(now) + 60000, job_id)
end

-- failed, expired, cancelled: nothing more is recorded
local function is_dead(state)
  return state == 'failed' or state == 'expired' or state == 'cancelled'
end

-- the history of a task with one more attempt (JSON): at most 20 of them, and 24 KB
local function remember(task, attempt)
  local lines, length = {}, #attempt
  for line in string.gmatch(redis.call('HGET', job_key, 'a:' .. task) or '', '[^\n]+') do lines[#lines + 1] = line end
  local first = #lines + 1
  while first > 1 and #lines - first + 2 < 20 and length + 1 + #lines[first - 1] <= 24576 do
    first = first - 1
    length = length + 1 + #lines[first]
  end
  lines[#lines + 1] = attempt
  return table.concat(lines, '\n', first)
end
