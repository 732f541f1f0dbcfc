-- guard_judge: decide whether a destination looks like SMS pumping.
--
-- It judges where an SMS goes, never who asks. Sends that no approval has answered are charged to the number's country
-- and block; a first approval of a number gives more than its send back. Each test returns how much of its threshold
-- the next send would reach: 1 is the threshold, 2 is twice.
-- include guard_table

-- Sends that a country or block without approvals may cost at least, and at most, whatever an SMS costs: fewer refuse
-- honest people who wait for their first code, more are no bound for cheap ones.
local GUARD_FEWEST, GUARD_MOST = 10, 60
-- What an approval gives back, in sends, is this much over the sends that one usually takes. Above 1, so that honest
-- traffic pays its debts by a wide margin: a country may convert at less than half of the usual rate for weeks.
local GUARD_COUNTRY_RETURN, GUARD_BLOCK_RETURN = 2.5, 2
-- The rate of a service that has approved nobody yet, with the weight of so many sends.
local GUARD_FIRST_RATE, GUARD_RATE_WEIGHT = 0.6, 30
local GUARD_REFILL = 0.25 -- of a country's credit, a day
local GUARD_UNPROVEN = 4 -- sends without an approval that are usual in any block: two people whose SMS does not arrive
local GUARD_MAX_PEOPLE = 12 -- of a block, whose approvals it may use up later
local GUARD_FREE_STOPS, GUARD_STOPS = 4, 8 -- stopped blocks of a range that change nothing; and that halve its thresholds
local GUARD_CREDIT_PEOPLE = 0.4 -- of a country's credit for each person approved lately: about a day of its traffic
local GUARD_TIGHT_S = 86400 -- for which a proven country whose credit was used up is watched
-- The fullest blocks of a country have some times what the others have on average; of a few others this says little.
local GUARD_FULLEST, GUARD_FEW_BLOCKS = 4, 20
local GUARD_PROVEN_PEOPLE = 10 -- approved people that make a country proven
local GUARD_FORGET_S = 7 * 86400 -- after which a block that was stopped is as any other

-- Return how many sends a country may cost without approvals; where the cost is not known, as many as before.
local function guard_start(country, cost, money)
  if not cost then
    return math.max(GUARD_FEWEST, country.start)
  end
  return math.max(GUARD_FEWEST, math.min(GUARD_MOST, money / math.max(1, cost)))
end

-- Return first approvals for each unproven send: of the service, and of the country as far as its own figures tell.
local function guard_rates(guard)
  local service, country = guard.of_service, guard.of_country
  local usual = (service.people + GUARD_RATE_WEIGHT * GUARD_FIRST_RATE) / (service.sends + GUARD_RATE_WEIGHT)
  usual = math.max(0.2, math.min(1, usual))
  local own = (country.people + GUARD_RATE_WEIGHT * usual) / (country.sends + GUARD_RATE_WEIGHT)
  return usual, math.max(usual / 2, math.min(1, own))
end

-- Refill the credit of a country for the time since its row was written; return the most that it can be.
local function refill_guard_credit(country, start)
  if country.is_new then
    country.credit = start
  end
  country.start = start
  local most = start + GUARD_CREDIT_PEOPLE * country.people
  country.credit = math.min(most, country.credit + most * GUARD_REFILL * country.age / 86400)
  return most
end

-- Return what the other blocks of the country that were active lately have: how many they are, their debts and sends.
-- A block that was stopped is not among them, or an attack would raise its own bounds.
local function other_blocks(guard)
  local country, block = guard.of_country, guard.of_block
  local is_counted = block.stops == 0 and not block.is_new
  return math.max(0, country.active - (is_counted and block.decay or 0)),
    math.max(0, country.debts - (is_counted and math.max(0, block.debt) or 0)),
    math.max(0, country.raw - (is_counted and block.raw or 0))
end

-- Return how much of its bounds the next send of a block would reach: `concentration` is of unanswered sends, `nearby`
-- the same where blocks of the range were stopped lately, which lowers the bound, and `spent` of all sends.
local function measure_block(guard, start, can_show)
  local country, block = guard.of_country, guard.of_block
  local others, debts, raw = other_blocks(guard)
  local usual = debts / (others + 1)
  -- Where a country converts half as much as the service does, twice as many sends of a block have no approval.
  local usual_rate, own_rate = guard_rates(guard)
  local bound = GUARD_UNPROVEN * math.max(1, usual_rate / own_rate) + usual + 4 * math.sqrt(usual)
  local tighter = GUARD_STOPS / (GUARD_STOPS + math.max(0, guard.of_range.stopped - GUARD_FREE_STOPS))
  local least = block.people >= 0.5 and GUARD_UNPROVEN - 1 or can_show and 0 or GUARD_UNPROVEN / 2
  local age = country.since > 0 and (guard.seconds - country.since) / 86400 or 0
  local usual_raw = raw / (others + GUARD_FEW_BLOCKS / (1 + age))
  -- Each stop for money lowers the bound of the next one; those for other reasons say nothing about people who come.
  local stops_for_money = block.why == 1 and block.stops or 0
  return {
    concentration = (block.debt + 1) / bound,
    nearby = (block.debt + 1) / math.max(math.min(bound, least), bound * tighter),
    spent = (block.raw + 1) * (1 + stops_for_money) / (2 * start + GUARD_FULLEST * usual_raw),
  }
end

-- Note that a country's credit is used up, or recovered.
local function tighten_country(country, seconds, is_exhausted, most)
  if is_exhausted then
    country.tight = seconds + (country.people >= GUARD_PROVEN_PEOPLE and GUARD_TIGHT_S or 0)
  elseif seconds >= country.tight and country.credit >= most / 2 then
    country.tight = 0
  end
end

-- Return the words of what is above its threshold, in the order of the alphabet.
local function guard_evidence_of(of_block, block, is_tight, is_proven)
  local words = {}
  if of_block.nearby > 1 then
    words[#words + 1] = 'concentration'
  end
  if is_tight and is_proven then
    words[#words + 1] = 'conversion'
  end
  if of_block.nearby > 1 and block.untyped * 2 > block.debt then
    words[#words + 1] = 'delivery'
  end
  if of_block.spent > 1 then
    words[#words + 1] = 'money'
  end
  if is_tight and not is_proven then
    words[#words + 1] = 'novelty'
  end
  return words
end

-- Judge the next send: how much of its bounds it reaches, in its block and in its country, and the evidence.
local function measure_guard(guard, cost, money, can_show)
  local country, block = guard.of_country, guard.of_block
  local start = guard_start(country, cost, money)
  local most = refill_guard_credit(country, start)
  if block.stops > 0 and guard.seconds - block.ends > GUARD_FORGET_S then
    block.stops = 0
  end
  local of_block = measure_block(guard, start, can_show)
  local is_exhausted = country.credit < 1
  tighten_country(country, guard.seconds, is_exhausted, most)
  -- Wrong codes were typed by somebody who did not get them: an attack on people, which the failure watch answers.
  local is_proven = country.people >= GUARD_PROVEN_PEOPLE
  local of_pumping = is_proven and country.credit + country.guessed or country.credit
  local evidence = guard_evidence_of(of_block, block, country.tight > 0 or is_exhausted, is_proven)
  local is_stopped = block.ends > guard.seconds
  if is_stopped and #evidence == 0 then
    evidence[1] = block.why == 1 and 'money' or 'concentration' -- what it was stopped for
  end
  return {
    evidence = evidence,
    block = math.max(of_block.concentration, of_block.spent),
    country = 1 + (1 - country.credit) / most,
    is_costly = of_block.nearby <= 1,
    is_stopped = is_stopped or math.max(of_block.nearby, of_block.spent) > 1,
    is_exhausted = of_pumping < 1,
    is_tight = is_exhausted or country.tight > 0,
    is_overdrawn = of_pumping < 1 - most,
  }
end

local function take_block_from_usual(guard)
  local country, block = guard.of_country, guard.of_block
  country.debts = math.max(0, country.debts - math.max(0, block.debt))
  country.raw = math.max(0, country.raw - block.raw)
  country.active = math.max(0, country.active - (block.is_new and 0 or block.decay))
end

-- Change the debt of a block, and what its country's blocks usually owe.
local function add_guard_debt(guard, change)
  local block, country = guard.of_block, guard.of_country
  local before = math.max(0, block.debt)
  block.debt = math.max(-math.min(block.people, GUARD_MAX_PEOPLE), block.debt + change)
  if block.stops == 0 then
    country.debts = math.max(0, country.debts + math.max(0, block.debt) - before)
  end
end
