-- Shared by the scripts of job state. Expects: job_key, events_key, journal_key, job_id, channel.
-- Every change is an event: numbered, kept in the job's list, published; the journal notes the job and its last number.
local clock = redis.call('TIME')
local now = clock[1] .. string.sub('000000' .. clock[2], -6, -4)
local seq = nil

local function emit(body)
  if not seq then seq = redis.call('LLEN', events_key) end
  seq = seq + 1
  local event = '{"jobId":"' .. job_id .. '","seq":' .. seq .. ',"atMs":' .. now .. ',' .. string.sub(body, 2)
  redis.call('RPUSH', events_key, event)
  redis.call('PUBLISH', channel, event)
  return seq
end

local function journal()
  redis.call('XADD', journal_key, 'MAXLEN', '~', 10000, '*', 'j', job_id, 's', seq)
end

-- failed, expired, cancelled: nothing more is recorded
local function is_dead(state)
  return state == 'failed' or state == 'expired' or state == 'cancelled'
end
