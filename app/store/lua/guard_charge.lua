-- guard_charge: write what follows from a verdict of the fraud guard, as a challenge, a block or a charge.
-- include failure_lockout
-- include guard_evidence
local GUARD_LONGEST_S = 86400 -- for which a block is stopped at once

-- Begin to stop a block whose own figures were the reason; each time lasts twice as long.
local function stop_block(verdict)
  local guard, block = verdict.guard, verdict.guard.of_block
  if not verdict.measured.is_stopped or block.ends > guard.seconds then
    return false
  end
  if block.stops == 0 then
    take_block_from_usual(guard)
    guard.of_range.stopped = guard.of_range.stopped + 1
  end
  block.ends = guard.seconds + math.min(GUARD_LONGEST_S, verdict.stop_s * 2 ^ block.stops)
  block.stops = math.min(20, block.stops + 1)
  block.why = verdict.measured.is_costly and 1 or 0
  return true
end

-- Write what a challenge or block changes, in the statistics and as evidence.
local function note_stop(verdict, events)
  if verdict.measured.evidence[1] ~= 'operator' then
    verdict.is_range_changed = stop_block(verdict)
  end
  keep_guard_evidence(verdict, events)
end

-- Write a refusal: it charges nothing.
local function note_refusal(verdict, events)
  note_stop(verdict, events)
  write_guard_block(verdict.guard)
  write_guard_country(verdict.guard, verdict.is_range_changed)
end

-- Charge a send that goes out. Return the mark that the record stores of it: "+" for one that is charged, "" for none.
local function charge_send(verdict, events)
  local guard = verdict.guard
  local country, block, service = guard.of_country, guard.of_block, guard.of_service
  if verdict.is_proven and #verdict.free < GUARD_FREE_SENDS then
    verdict.free[#verdict.free + 1] = string.format('%.0f', guard.now)
    redis.call('HSET', verdict.number, 'guard_free', table.concat(verdict.free, ' '))
    extend_ttl(verdict.number, GUARD_DAY_MS)
    return ''
  end
  if verdict.decision ~= 'allow' then
    note_stop(verdict, events)
  end
  if verdict.decision ~= 'block' then -- in monitor mode, what enforce mode would block is not charged either
    if not verdict.is_proven then
      country.sends, service.sends = country.sends + 1, service.sends + 1
    end
    country.credit = country.credit - 1
    if block.stops == 0 then
      country.active = country.active + 1 - (block.is_new and 0 or block.decay)
      country.raw = country.raw + 1
    end
    block.raw = block.raw + 1
    add_guard_debt(guard, 1)
  end
  write_guard_block(guard)
  write_guard_country(guard, verdict.is_range_changed)
  return verdict.decision ~= 'block' and '+' or ''
end

-- Return the verdict as scripts answer it: "<decision> <mode> <evidence,…> <block> <range>"; "" where there is none.
local function describe_verdict(verdict)
  if not verdict or verdict.decision == 'allow' then
    return verdict and 'allow ' .. verdict.mode or ''
  end
  return table.concat({ verdict.decision, verdict.mode, table.concat(verdict.measured.evidence, ','),
    'b_' .. verdict.guard.block, 'r_' .. verdict.guard.range }, ' ')
end
