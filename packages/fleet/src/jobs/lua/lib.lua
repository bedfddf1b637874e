-- Shared by the scripts of job state. Expects: job_key, events_key, journal_key, job_id, channel.
-- Every change is an event: numbered, kept in the job's list, published; the journal notes the job and its last number.
local clock = redis.call('TIME')
local now = clock[1] .. string.sub('000000' .. clock[2], -6, -4)
local seq = nil
local fresh = {}

local function emit(body)
  if not seq then seq = redis.call('LLEN', events_key) end
  seq = seq + 1
  fresh[#fresh + 1] = '{"jobId":"' .. job_id .. '","seq":' .. seq .. ',"atMs":' .. now .. ',' .. string.sub(body, 2)
end

-- to be called once, after the last emit
local function tell()
  if #fresh == 0 then return end
  redis.call('RPUSH', events_key, unpack(fresh))
  for _, event in ipairs(fresh) do redis.call('PUBLISH', channel, event) end
end

local function journal()
  redis.call('XADD', journal_key, 'MAXLEN', '~', 10000, '*', 'j', job_id, 's', seq)
end

-- the job wants a look of the orchestrator, now
local function wake(open_key)
  redis.call('ZADD', open_key, now, job_id)
  redis.call('PUBLISH', 'due', open_key)
end

-- failed, expired, cancelled: nothing more is recorded
local function is_dead(state)
  return state == 'failed' or state == 'expired' or state == 'cancelled'
end
