#!lua flags=no-writes
-- What a quota has left.
-- KEYS, ARGV see lib; then ARGV time limit and margin of a call that is thought of (ms)
-- Returns {1 or -2, 0, 0, Redis time, epoch, JSON: now, closed (ms), down (ms, where the breaker is not closed), trial, windows as
--      {used, limit, wait}, refused by field}; -2 where a calendar's table does not reach far enough
--@include lib
--@include same
--@include windows
--@include breaker
local hold = tonumber(ARGV[5])
if not is_covered(hold) then return { -2, 0, 0, now, state.born or '' } end
local windows = {}
for index, rule in ipairs(rules) do
  local used, limit, wait = look(rule, 1, hold, false)
  windows[index] = { used = used, limit = limit, wait = wait }
end
local breaker = not plan.breaker and 'none' or not state.down and 'closed' or tonumber(state.down) > now and 'open' or 'half-open'
local said = cjson.encode({ now = now, closed = closed_for(), breaker = breaker, down = down_for(), windows = windows,
  refused = redis.call('HGETALL', REFUSALS) })
return { 1, 0, 0, now, state.born or '', said }
