-- The breaker of a provider: closed, open until a moment (`down`), then half-open: one lease (`trial`) may try.

-- ms until a try is worthwhile; 0 where calls may be made
local function down_for()
  if not plan.breaker or not state.down then return 0 end
  local wait = tonumber(state.down) - now
  if wait > 0 then return wait end
  return state.trial and math.max(tonumber(state.trialUntil) - now, 0) or 0
end

local function tell_breaker(word)
  local event = { v = 1, kind = 'breaker', quota = plan.name, state = word, atMs = now }
  redis.call('PUBLISH', 'quota:events', cjson.encode(event))
end

local function open_breaker()
  change('down', now + plan.breaker.pause)
  redis.call('HDEL', STATE, 'fails', 'trial', 'trialUntil')
  tell_breaker('open')
end

-- outcome: reached, failed, or '' where the call says nothing about the provider
local function judge(lease, outcome)
  if not plan.breaker then return end
  if state.down then
    if state.trial ~= lease then return end
    if outcome == 'failed' then open_breaker() return end
    redis.call('HDEL', STATE, 'trial', 'trialUntil')
    if outcome == 'reached' then
      redis.call('HDEL', STATE, 'down')
      tell_breaker('closed')
    end
    return
  end
  if outcome ~= 'failed' then return end
  local fails = { string.format('%.0f', now) }
  for moment in string.gmatch(state.fails or '', '%d+') do
    if tonumber(moment) > now - plan.breaker.within then fails[#fails + 1] = moment end
  end
  if #fails >= plan.breaker.failures then open_breaker() else change('fails', table.concat(fails, ' ')) end
end
