-- guard_verdict: judge one send before anything is written.
--
-- `guard_charge` writes what follows from it.
-- include proven_numbers
-- include guard_judge
local GUARD_FREE_SENDS, GUARD_DAY_MS = 2, 86400000 -- of a proven number

-- Return the moments of a proven number's free sends in the last day, newest last.
local function free_sends(number, now)
  local moments = {}
  for moment in string.gmatch(redis.call('HGET', number, 'guard_free') or '', '%d+') do
    if tonumber(moment) > now - GUARD_DAY_MS then
      moments[#moments + 1] = moment
    end
  end
  return moments
end

-- Judge one send. `setting` is "<mode> <money> <seconds>": what a country without approvals may cost in millionths, and
-- how long a block is stopped at first. `answer` is what the call has for a challenge: `can_show` a human check, `passed`.
-- The verdict has a `decision`, "allow", "challenge" or "block"; it is nil where the guard is off, and for test numbers.
local function judge_send(prefix, destination, setting, number, answer, now)
  local mode, money, stop_s = string.match(setting or '', '^(%a+) (%d+) (%d+)$')
  if not mode or destination.test or not destination.block then
    return nil
  end
  local guard = open_guard(prefix, destination, now)
  local verdict = { guard = guard, mode = mode, number = number, stop_s = tonumber(stop_s), decision = 'allow' }
  verdict.measured = measure_guard(guard, tonumber(destination.cost), tonumber(money), answer.can_show)
  verdict.is_proven = was_proven(prefix, guard.app, destination.name, now)
  local rule, measured = guard_rule(guard), verdict.measured
  if rule == 'block' then
    verdict.decision, measured.evidence = 'block', { 'operator' }
    return verdict
  end
  if verdict.is_proven then
    verdict.free = free_sends(number, now)
    if #verdict.free < GUARD_FREE_SENDS then
      return verdict
    end
  end
  if measured.block > 2 or measured.is_overdrawn then
    verdict.decision = 'block'
  elseif answer.can_show and (measured.is_stopped or measured.is_tight) then
    verdict.decision = 'challenge'
  elseif measured.is_stopped or (measured.is_exhausted and guard.of_block.debt > 0.5) then
    verdict.decision = 'block'
  end
  if rule == 'allow' and verdict.decision == 'block' then
    verdict.decision = answer.can_show and 'challenge' or 'allow'
  end
  if verdict.decision == 'challenge' and answer.passed then
    verdict.decision = 'allow'
  end
  return verdict
end

-- Return whether the verdict refuses the send: in monitor mode nothing does.
local function is_refused(verdict)
  return verdict and verdict.mode == 'enforce' and verdict.decision ~= 'allow'
end
