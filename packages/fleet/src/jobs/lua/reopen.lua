#!lua
-- Opens what did not come to an answer, and its job where that failed or expired: its time begins anew.
-- KEYS job, events, open, journal, stats, failed
-- ARGV job id, channel, task id, or an empty text for all that failed or was deferred
-- What is opened is noted for the failure desk, whose letters follow it; but for the named task, which its caller notes.
-- Of a job that had ended, the required tasks that failed are opened in any case, and what was being done is not done any more.
-- Returns {reason, generation, task record (JSON), …}: the open tasks of a job that had ended, else those that were opened by this or an earlier
-- redrive. The reason is empty, or gone, closed (cancelled), done.
local job_key, events_key, journal_key = KEYS[1], KEYS[2], KEYS[4]
local job_id, channel = ARGV[1], ARGV[2]
--@include lib
local only = ARGV[3]
local flat = redis.call('HGETALL', job_key)
local hash = {}
for at = 1, #flat, 2 do hash[flat[at]] = flat[at + 1] end
local state = hash.state
if not state or (only ~= '' and not hash['g:' .. only]) then return { 'gone' } end
if state == 'cancelled' then return { 'closed' } end
local was_dead = is_dead(state)

local function settled_status(id)
  local generation, status = string.match(hash['x:' .. id] or '', '^(%d+):(%a+):')
  return generation == hash['g:' .. id] and status or nil
end
if only ~= '' and settled_status(only) == 'done' then return { 'done' } end

-- the furthest stage that is active, else the furthest complete one: its state, and the place of that among the states
local function state_now()
  local found, place, is_active = 'queued', 0, false
  local places, count = {}, 0
  for _, stage in ipairs(cjson.decode(hash.stages or '[]')) do
    if not places[stage.state] then
      count = count + 1
      places[stage.state] = count
    end
    local status = string.match(hash['s:' .. stage.name] or '', '^%a+')
    if status == 'active' or (status == 'complete' and not is_active) then
      found, place, is_active = stage.state, places[stage.state], is_active or status == 'active'
    end
  end
  return found, place
end

local ids = {}
for name in pairs(hash) do
  if string.sub(name, 1, 2) == 't:' then ids[#ids + 1] = string.sub(name, 3) end
end
table.sort(ids)
local change, bodies, answer, open, redriven, watched = {}, {}, { '' }, {}, 0, {}
local function set(name, value)
  hash[name] = tostring(value)
  change[#change + 1] = name
  change[#change + 1] = value
end
if was_dead then
  local shown, place = state_now()
  set('state', shown)
  set('idx', place)
  bodies[1] = '{"type":"job.reopened","state":"' .. shown .. '"}'
end
for _, id in ipairs(ids) do
  local status = settled_status(id)
  local record = cjson.decode(hash['t:' .. id])
  local is_needed = was_dead and record.required and status == 'failed'
  local was_redriven = not status and (hash['x:' .. id] or '') ~= ''
  if is_needed or (status and status ~= 'done' and (only == '' or only == id)) then
    set('g:' .. id, tonumber(hash['g:' .. id]) + 1)
    -- nothing went on without it: its success will be no healing
    if is_needed then set('x:' .. id, '') end
    open[record.stage] = (open[record.stage] or tonumber(hash['n:' .. record.stage] or 0)) + 1
    redriven = redriven + 1
    if id ~= only then
      watched[#watched + 1] = now + 5000
      watched[#watched + 1] = job_id .. ' ' .. id .. ' ' .. hash['g:' .. id]
    end
    bodies[#bodies + 1] = '{"type":"task.planned","task":"' .. id .. '","stage":"' .. record.stage .. '","name":"' .. record.name ..
      '","generation":' .. hash['g:' .. id] .. '}'
  elseif status or not (was_dead or was_redriven) then
    record = nil
  end
  if record then
    answer[#answer + 1] = hash['g:' .. id]
    answer[#answer + 1] = hash['t:' .. id]
  end
  if was_dead then
    local generation, crashes = string.match(string.gsub(hash['b:' .. id] or '', '^parked ', ''), '^(%d+) (%d+)')
    if generation then set('b:' .. id, crashes == '0' and '' or generation .. ' ' .. crashes) end
  end
end
if #bodies == 0 then return answer end
for stage, count in pairs(open) do set('n:' .. stage, count) end
local seq = tell(tonumber(hash.seq), bodies)
set('seq', seq)
set('version', tonumber(hash.version) + 1)
if was_dead then
  set('since', now)
  set('limit', 0)
end
for at = 1, #change, 1000 do redis.call('HSET', job_key, unpack(change, at, math.min(at + 999, #change))) end
if redriven > 0 then redis.call('HINCRBY', KEYS[5], 'redriven', redriven) end
for at = 1, #watched, 1000 do redis.call('ZADD', KEYS[6], 'NX', unpack(watched, at, math.min(at + 999, #watched))) end
if was_dead then
  redis.call('HDEL', job_key, 'ended', 'error', 'started')
  redis.call('PERSIST', job_key)
  redis.call('PERSIST', events_key)
  redis.call('HINCRBY', KEYS[5], 'ended:' .. state, -1)
  wake(KEYS[3])
elseif state == 'completed' then
  watch(KEYS[3])
end
journal(seq)
return answer
