-- report_outcome: tell the fraud guard what became of a code that an app sent and checked itself.
--
-- A script, because of two concurrent reports only the first may count.
--
-- KEYS[1]  outgoing       hash
-- KEYS[2]  outcomes_reported  string
-- KEYS[3]  prefix of all keys; those of the fraud guard and of proven numbers are appended
-- facts.now            milliseconds since 1970; 0 for the server's clock
-- facts.app            app of the API key
-- facts.outcome        "approved" or "wrong"
--
-- Returns  {"counted"} | {"repeated"} | {"no code"} | {"gone"}
-- include facts
-- include now
-- include verification_state
-- include proven_numbers
-- include guard_feedback
local facts = read_facts(ARGV)
local now = read_now(facts.now)
local record = read_fields(KEYS[1], 'app', 'name', 'country', 'test', 'guard', 'has_code', 'outcome')
if not record or record.app ~= facts.app then
  return { 'gone' }
end
if not record.has_code then
  return { 'no code' }
end
if record.outcome then
  return { 'repeated' }
end

redis.call('HSET', KEYS[1], 'outcome', facts.outcome)
if record.test then
  return { 'counted' } -- a test number says nothing of a destination
end
redis.call('SET', KEYS[2], now)
if facts.outcome == 'approved' then
  if not was_proven(KEYS[3], record.app, record.name, now) then
    note_first_approval(KEYS[3], record, now)
  end
  mark_proven(KEYS[3], record.app, record.name, now)
else
  note_guess(KEYS[3], record, now)
end
return { 'counted' }
