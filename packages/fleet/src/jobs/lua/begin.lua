#!lua
-- Asks whether a task still wants doing, and marks it as being done. A deferred one does want it: its job goes on without it, and is amended when the
-- answer comes. The first begin of a job starts its clock. A mark that another worker left is a crash of that worker, unless it lives: then it has only
-- lost its hold on the task, which says nothing about the task.
-- KEYS job, events, open, journal
-- ARGV job id, channel, task id, generation, worker, event body (JSON), which try this is, from how many crashes on it is not begun beside others,
--   1 to be asked about another worker, that worker where the caller knows of it (may be empty), 1 where it lives
-- Returns {verdict, crashes}; verdict is go, alone (nothing is marked then), settled, superseded, closed or gone. A generation that
-- the job has not come to is one that was lost with the memory of it: superseded. Or {asked, crashes, worker}: nothing is marked before the caller
-- has said whether that worker lives.
local job_key, events_key, journal_key = KEYS[1], KEYS[2], KEYS[4]
local job_id, channel = ARGV[1], ARGV[2]
--@include lib
local task, generation, worker = ARGV[3], ARGV[4], ARGV[5]
local held = redis.call('HMGET', job_key, 'state', 'g:' .. task, 'x:' .. task, 'b:' .. task, 'started', 'limit', 'seq')
local state, current, outcome, mark, started, limit = held[1], held[2], held[3], held[4], held[5], held[6]
if not state or not current then return { 'gone', 0 } end
if is_dead(state) then return { 'closed', 0 } end
if generation ~= current then return { 'superseded', 0 } end
if outcome then
  local settled_generation, settled_status = string.match(outcome, '^(%d+):(%a+):')
  if settled_generation == generation and settled_status ~= 'deferred' then return { 'settled', 0 } end
end
local crashes, crash = 0, nil
if mark then
  local marked_generation, before, rest = string.match(string.gsub(mark, '^parked ', ''), '^(%d+) (%d+)(.*)$')
  if marked_generation == generation then
    crashes = tonumber(before)
    local since, owner = string.match(rest, '^ (%d+) (.*)$')
    if owner and owner ~= worker then
      if ARGV[9] == '1' and owner ~= ARGV[10] then return { 'asked', crashes, owner } end
      local lives = ARGV[11] == '1'
      if not lives then crashes = crashes + 1 end
      crash = { generation = tonumber(generation), number = tonumber(ARGV[7]), startedMs = tonumber(since), endedMs = tonumber(now),
        worker = owner, code = lives and 'lost-lock' or 'crash',
        message = lives and 'The worker lost its hold on this task, which another one then took over.' or 'The worker died while it did this task.' }
    end
  end
end
if crashes >= tonumber(ARGV[8]) then return { 'alone', crashes } end
local seq = tell(tonumber(held[7]), { ARGV[6] })
local change = { 'seq', seq, 'b:' .. task, generation .. ' ' .. crashes .. ' ' .. now .. ' ' .. worker }
if crash then
  change[5], change[6] = 'a:' .. task, remember(task, cjson.encode(crash))
end
-- a job that has ended may not change any more, and its log is to be complete
if crash or state == 'completed' then journal(seq) end
redis.call('HSET', job_key, unpack(change))
if not started then
  redis.call('HSET', job_key, 'started', now)
  redis.call('HINCRBY', job_key, 'version', 1)
  redis.call('ZADD', KEYS[3], 'LT', tonumber(now) + tonumber(limit), job_id)
end
return { 'go', crashes }
