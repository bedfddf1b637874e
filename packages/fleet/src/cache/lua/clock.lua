-- The clock of a namespace is one hash, so that eviction takes all of it or nothing: epoch (random), n (counts what was forgotten),
-- mark (n when the whole namespace was), floor (n when its tags were last cleared away), and t:<tag> (n when that tag was).
-- An entry is valid while its epoch is the clock's and nothing that it belongs to was forgotten after its n.
local function openClock(key, candidate, lifeMs)
  local epoch = redis.call('HGET', key, 'epoch')
  if not epoch then
    epoch = candidate
    redis.call('HSET', key, 'epoch', epoch, 'n', 0, 'mark', 0, 'floor', 0)
  end
  if redis.call('PTTL', key) < tonumber(lifeMs) then redis.call('PEXPIRE', key, lifeMs) end
  return epoch
end

local function isValid(clock, epoch, asked, tags)
  local now = redis.call('HMGET', clock, 'epoch', 'mark', 'floor')
  if now[1] ~= epoch or tonumber(now[2]) > asked then return false end
  if tags == '' then return true end
  if tonumber(now[3]) > asked then return false end
  for tag in string.gmatch(tags, '%S+') do
    local mark = redis.call('HGET', clock, 't:' .. tag)
    if mark and tonumber(mark) > asked then return false end
  end
  return true
end
