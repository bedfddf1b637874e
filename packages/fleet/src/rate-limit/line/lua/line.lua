-- Shared by the scripts of the line. Needs LINE (the stem), `now`, and nothing else.
-- Classes: 1 urgent, 2 high, 3 normal, 4 low. A lower class is asked only when no higher one waits.
local DAY_MS_LINE = 86400000
local CLASSES = 4
local AGES, RESERVED, DUE, TAGS, VARS, GRANTER =
  LINE .. ':ages', LINE .. ':reserved', LINE .. ':due', LINE .. ':tags', LINE .. ':vars', LINE .. ':granter'

local function keep(key) redis.call('PEXPIRE', key, DAY_MS_LINE) end
local function question(id) return LINE .. ':q:' .. id end
local function tell_key(id) return LINE .. ':t:' .. id end
local function class_key(class) return LINE .. ':c:' .. class end
local function wait_key(class, tenant) return LINE .. ':w:' .. class .. ':' .. tenant end

-- What decides more comes first, then what is older.
local function rank(decides, seq) return (1000 - decides) * 1e12 + seq end

-- Puts a question among those that wait. A tenant that begins to wait starts at the virtual time: it does not get what is past.
local function enqueue(id, class, tenant, decides, seq, at)
  local tag = redis.call('ZSCORE', TAGS, tenant)
  local waits = false
  for each = 1, CLASSES do waits = waits or redis.call('ZSCORE', class_key(each), tenant) ~= false end
  if not waits then
    tag = math.max(tonumber(tag or 0), tonumber(redis.call('HGET', VARS, 'v') or 0))
    redis.call('ZADD', TAGS, tag, tenant)
  end
  redis.call('ZADD', wait_key(class, tenant), rank(decides, seq), id)
  redis.call('ZADD', class_key(class), tag, tenant)
  redis.call('ZADD', AGES, at, id)
  for _, key in ipairs({ wait_key(class, tenant), class_key(class), AGES, TAGS, VARS }) do keep(key) end
end

-- Takes a question out of those that wait.
local function dequeue(id, class, tenant)
  local key = wait_key(class, tenant)
  redis.call('ZREM', key, id)
  if redis.call('EXISTS', key) == 0 then redis.call('ZREM', class_key(class), tenant) end
  redis.call('ZREM', AGES, id)
end

-- Tells the granter, or everybody where there is none.
local function wake(quota)
  local holder = redis.call('GET', GRANTER)
  local ttl = holder and redis.call('PTTL', GRANTER) or 0
  redis.call('PUBLISH', 'quota:line', cjson.encode({ v = 1, quota = quota, holder = holder or '', ttl = ttl }))
end
