-- guard_feedback: change the fraud guard's statistics by what became of a send.
--
-- A wrong code is noted once for each verification, whose record then ends in "!".
-- include guard_judge
-- include record_key

-- What a status of a message is to the guard; the others are nothing to it.
local GUARD_OUTCOMES = { sent = 'sent', delivered = 'delivered', undelivered = 'undelivered', expired = 'undelivered',
  failed = 'undelivered' }

-- Open the statistics of a record's destination; nil where the guard was off, or for a test number.
local function open_guard_of(prefix, record, now)
  local block, range, marks = read_guard_marks(record.guard)
  if not block or record.test then
    return nil
  end
  local guard = open_guard(prefix, { app = record.app, country = record.country, block = block, range = range }, now)
  guard.marks = marks
  return guard
end

-- Note the first approval of a number: it gives back more than its own sends, and adds to what is usual.
local function note_first_approval(prefix, record, now)
  local guard = open_guard_of(prefix, record, now)
  if not guard then
    return
  end
  local service, country, block = guard.of_service, guard.of_country, guard.of_block
  local usual, own = guard_rates(guard)
  local most = refill_guard_credit(country, country.start)
  service.people, country.people, block.people = service.people + 1, country.people + 1, block.people + 1
  country.credit = math.min(most, country.credit + GUARD_COUNTRY_RETURN / usual)
  country.since = country.since > 0 and country.since or guard.seconds
  block.untyped = math.max(0, block.untyped - 1)
  add_guard_debt(guard, -GUARD_BLOCK_RETURN / own)
  write_guard_block(guard)
  write_guard_country(guard)
end

-- Note the first wrong code of a verification whose send is charged.
local function note_guess(prefix, record, now)
  local guard = open_guard_of(prefix, record, now)
  if guard and string.find(guard.marks, '+', 1, true) then
    guard.of_country.guessed = guard.of_country.guessed + 1
    write_guard_country(guard)
  end
end

-- Note what became of a message: "sent"; "delivered"; "undelivered", which earns nobody anything, so that its charge is
-- given back; or "refused" before it was sent, which costs nothing either. A later gateway may send it after all.
local function note_delivery(prefix, id, send, outcome, now)
  if not outcome then
    return
  end
  local key, record = record_key(prefix, id), {}
  local fields = { 'app', 'country', 'test', 'guard', 'status', 'outcome' }
  for i, value in ipairs(redis.call('HMGET', key, unpack(fields))) do
    record[fields[i]] = value or nil
  end
  local is_charged = outcome == 'sent' or outcome == 'delivered'
  local was, will = is_charged and '-' or '+', is_charged and '+' or '-'
  local mark = string.match(' ' .. (record.guard or ''), '[ ,]' .. send .. '([+-])')
  local changes = mark == was
  local is_untyped = outcome == 'delivered' and mark and record.status == 'pending' and not record.outcome
  local guard = (changes or is_untyped) and open_guard_of(prefix, record, now)
  if not guard then
    return
  end
  if changes then
    add_guard_debt(guard, is_charged and 1 or -1)
    -- A country without many approvals pays for what is undelivered too: its numbers may not even exist.
    local country = guard.of_country
    if outcome == 'refused' or outcome == 'sent' or country.people >= GUARD_PROVEN_PEOPLE then
      refill_guard_credit(country, country.start)
      country.credit = country.credit + (is_charged and -1 or 1)
    end
    local marks = string.gsub(record.guard, '([ ,]' .. send .. ')%' .. was, '%1' .. will)
    redis.call('HSET', key, 'guard', marks)
    write_guard_country(guard)
  end
  guard.of_block.untyped = guard.of_block.untyped + (is_untyped and 1 or 0)
  write_guard_block(guard)
end
