-- cancel_verification: end a pending verification.
--
-- A script, because a correct code that arrives at the same time must either win or find the
-- verification ended.
--
-- KEYS[1]  verification   hash
-- KEYS[2]  secret         string
-- KEYS[3]  number         prefix; the record's name is appended
-- KEYS[4]  prefix of all keys; those of events are appended
-- facts.id             id of the verification
-- facts.now            milliseconds since 1970; 0 for the server's clock
-- facts.app            app of the API key
-- facts.keep           retention after the end, milliseconds
--
-- Returns  {"canceled"} | {"gone"}
-- include facts
-- include now
-- include verification_state
-- include event_outbox
-- include verification_event
local facts = read_facts(ARGV)
local now = read_now(facts.now)
local record = read_fields(KEYS[1], 'app', 'purpose', 'status', 'ended', 'expires', 'generation', 'name',
  'events')
if not record or record.app ~= facts.app or state_of(record, KEYS[3] .. record.name, now) ~= 'pending' then
  return { 'gone' }
end

redis.call('HSET', KEYS[1], 'status', 'canceled', 'ended', now)
redis.call('PEXPIRE', KEYS[1], facts.keep)
redis.call('DEL', KEYS[2])
if is_wanted(record.events, 'verification.canceled') then
  queue_verification_event(KEYS[4], 'canceled', facts.id, 'canceled', now, now)
end
return { 'canceled' }
