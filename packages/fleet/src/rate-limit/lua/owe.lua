-- Debts: units that count as used for a while because nobody knows better. Needs lib, windows, `since` (from when they count), `debts`.

local function finish_of(rule)
  local last = now
  each_period(rule, since - plan.margin, since + plan.hold, function(_, finish) last = math.max(last, finish + plan.margin) end)
  return last
end

local function owe()
  for _, debt in ipairs(debts) do
    local bound = state.bounds[debt.id] or {}
    local rule
    for _, each in ipairs(rules) do if each.id == debt.id then rule = each end end
    local till = debt.ms > 0 and since + debt.ms or finish_of(rule)
    if till > now then
      bound.debt = math.max(debt.units, (bound.debtUntil or 0) > now and bound.debt or 0)
      bound.debtUntil = math.max(till, bound.debtUntil or 0)
      state.bounds[debt.id] = bound
    end
  end
  save_bounds()
end
