#!lua flags=allow-oom
-- Believes what the provider says of one window, as far as it is less than what is known.
-- KEYS, ARGV see lib; then ARGV id of the window's rule, limit ('' unsaid), for how long that is believed (ms), units that remain ('' unsaid),
--      until when (ms from now; 0: until the window is over), the lease of the answer ('' where it has ended), its units
-- Returns {1 believed or 0 there is no such window, 0, 0, Redis time, epoch}
--@include lib
--@include same
--@include windows
--@include share
--@include shares
--@include book
--@include settle
local id, limit, believed, left, left_for = ARGV[5], tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
local rule
for _, each in ipairs(rules) do if each.id == id then rule = each end end
-- the plan that is in force since then may not have it
if not rule then return { 0, 0, 0, now, state.born or '' } end
local bound = state.bounds[id] or {}
if limit then
  -- the newest word holds, but never above ours
  if limit < rule.limit then bound.limit, bound.limitUntil = limit, now + believed
  else bound.limit, bound.limitUntil = nil, nil end
end
if left then
  -- Calls in flight may not have been counted by the provider yet; that of the answer has.
  local flying = 0
  for _, member in ipairs(redis.call('ZRANGE', LOG, '(' .. (now + 1), '+inf', 'BYSCORE')) do
    flying = flying + tonumber(string.match(member, '%*(%d+)$') or 1)
  end
  local answered = tonumber(ARGV[11])
  if ARGV[10] ~= '' and booked_end(ARGV[10], answered) then flying = flying - answered end
  left = math.max(left - flying, 0)
  local till = now + left_for
  if left_for == 0 then
    till = now + rule.ms
    if rule.starts then each_period(rule, now, now, function(_, finish) till = finish + plan.margin end) end
  end
  local holds = (bound.leftUntil or 0) > now
  bound.left = holds and math.min(bound.left, left) or left
  bound.leftUntil = holds and math.max(bound.leftUntil, till) or till
end
state.bounds[id] = next(bound) and bound or nil
save_bounds()
save()
return { 1, 0, 0, now, state.born or '' }
