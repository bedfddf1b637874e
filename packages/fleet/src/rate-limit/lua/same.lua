-- Ends the script where another plan is in force than the one that the caller knows: {-3, 0, 0, Redis time, epoch, that plan's quota as JSON}. Needs lib.
if state.born and state.plan and state.plan ~= plan.identity then
  return { -3, 0, 0, now, state.born, redis.call('HGET', STATE, 'quota') }
end
