-- human_check: judge a human check by what its call must show at this moment.
--
-- A work is a multiple of the configured cost. A challenge that was issued while nothing was suspicious took a work of 1,
-- and is not enough for a call that is suspicious by now.
local SUSPICIOUS_WORK = 2

-- Return the work that a call must show; 0 where it needs no human check. `is_suspicious` is whether its traffic, its
-- limits or its destination look like those of machines.
local function required_work(facts, is_suspicious)
  return facts.suspicion and is_suspicious and SUSPICIOUS_WORK or 0
end

-- Return the work that a call must show after so many sends beyond a limit: it doubles with each.
local function work_beyond(facts, sends)
  return math.min(SUSPICIOUS_WORK * 2 ^ sends, tonumber(facts.most_work))
end

-- Return the refusal of a call that shows less work than `required`, with the work that its next challenge must take;
-- nil for one that shows enough. A token without a work is of a provider that judges by itself: it is always enough.
local function refuse_work(facts, required)
  local shown = tonumber(facts.human) and tonumber(facts.work or math.huge) or 0
  if shown < required then
    return { 'human check required', required }
  end
  return nil
end

-- Return what a call has for a challenge of the fraud guard: `can_show` whether it can show a human check, and `passed`
-- whether it shows one that took enough work.
local function answer_to_challenge(facts)
  local can_show = facts.suspicion ~= nil or tonumber(facts.human) ~= nil
  return { can_show = can_show, passed = not refuse_work(facts, SUSPICIOUS_WORK) }
end
