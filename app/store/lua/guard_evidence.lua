-- guard_evidence: keep why the fraud guard challenged or blocked, and write an event of it.
--
-- The newest 10,000 are kept. An event of either type is written once an hour for each block, or for each country where
-- its figures were the reason, with the number of such decisions since the last one.
local GUARD_MAX_EVIDENCE, GUARD_EVENT_S = 10000, 3600
local GUARD_EVENTS = {
  challenge = { type = 'guard.challenged', quiet = 'challenge_quiet', count = 'challenges' },
  block = { type = 'guard.blocked', quiet = 'block_quiet', count = 'blocks' },
}

local function queue_guard_event(verdict, events, evidence)
  local guard, is_of_block = verdict.guard, verdict.measured.is_stopped
  local row = is_of_block and guard.of_block or guard.of_country
  local event = GUARD_EVENTS[verdict.decision]
  local count = row[event.count] + 1
  row[event.count] = count
  if row[event.quiet] > guard.seconds then
    return
  end
  if is_wanted(events, event.type) then
    queue_event(guard.prefix, guard.app, events, event.type, guard.now, { 'app', guard.app, 'decision', verdict.decision,
      'mode', verdict.mode, 'country', guard.country, 'block', is_of_block and 'b_' .. guard.block or '',
      'evidence', evidence, 'count', string.format('%.0f', count) })
  end
  row[event.quiet], row[event.count] = guard.seconds + GUARD_EVENT_S, 0
end

local function keep_guard_evidence(verdict, events)
  local guard, measured = verdict.guard, verdict.measured
  local evidence = table.concat(measured.evidence, ',')
  redis.call('XADD', guard.prefix .. 'guard_evidence', 'MAXLEN', GUARD_MAX_EVIDENCE, '*', 'at', guard.now,
    'app', guard.app, 'decision', verdict.decision, 'mode', verdict.mode, 'country', guard.country,
    'block', 'b_' .. guard.block, 'range', 'r_' .. guard.range, 'evidence', evidence,
    'of_block', string.format('%.2f', measured.is_stopped and math.max(1.01, measured.block) or measured.block),
    'of_country', string.format('%.2f', measured.country))
  queue_guard_event(verdict, events, evidence)
end
