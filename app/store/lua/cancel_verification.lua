-- cancel_verification: end a pending verification.
--
-- A script, because a correct code that arrives at the same time must either win or find the
-- verification ended.
--
-- KEYS[1]  verification   hash
-- KEYS[2]  secret         string
-- KEYS[3]  number         prefix; the record's name is appended
-- ARGV[1]  now            milliseconds since 1970; 0 for the server's clock
-- ARGV[2]  app            app of the API key
-- ARGV[3]  keep           retention after the end, milliseconds
--
-- Returns  {"canceled"} | {"gone"}
-- include now
-- include verification_state
local now = read_now(ARGV[1])
local record = read_fields(KEYS[1], 'app', 'purpose', 'status', 'ended', 'expires', 'generation', 'name')
if not record or record.app ~= ARGV[2] or state_of(record, KEYS[3] .. record.name, now) ~= 'pending' then
  return { 'gone' }
end

redis.call('HSET', KEYS[1], 'status', 'canceled', 'ended', now)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('DEL', KEYS[2])
return { 'canceled' }
