-- spent_address: let a proven number go on, with a human check, where a limit by address is spent.
--
-- Else ten requests of a neighbour behind the same address refuse everybody there. The work doubles with each send, and
-- five times the figure is the end. Whether a number is proven is looked up for who has shown that work only: else
-- anyone could ask for free, and unseen by its owner, which numbers an app knows.
-- include limit_check
-- include human_check
-- include proven_numbers

-- Return how many sends beyond its counts a window was used that proven numbers may use further; nil if none is spent.
local function sends_beyond(windows)
  local most
  for _, window in ipairs(windows) do
    for _, rule in ipairs(window.limit.proven_factor and window.rules or {}) do
      if rule.used >= rule.count then
        most = math.max(most or 0, rule.used - rule.count)
      end
    end
  end
  return most
end

-- Return the full window that frees up last, as `latest_full_window` does, and the work that the call must show; 0 where
-- no limit by address is spent, or the call cannot go on. A call can show a human check where one may be required of it,
-- or where it has.
local function full_window_of(source, windows, facts, prefix, now)
  local full = latest_full_window(now, windows)
  local beyond = full.limit and sends_beyond(windows)
  if not beyond or not (facts.suspicion or tonumber(facts.human)) then
    return full, 0
  end
  local full_of_proven, work = latest_full_window(now, windows, true), work_beyond(facts, beyond)
  local may_go_on = not full_of_proven.limit
  if not refuse_work(facts, work) then
    may_go_on = was_proven(prefix, source.app, source.name, now)
  end
  if may_go_on then
    return full_of_proven, work
  end
  return full, 0
end
