-- cancel_verification: end a pending verification.
--
-- A script, because a right guess at the same moment must either win or find it gone.
--
-- KEYS[1]  verification   hash
-- KEYS[2]  secret         string
-- KEYS[3]  number         prefix; the record's name completes it
-- ARGV[1]  now            milliseconds since 1970; 0 for the server's clock
-- ARGV[2]  app            whose key asked
-- ARGV[3]  keep           after the end, milliseconds
--
-- Returns  {"canceled"} | {"gone"}
-- include now
-- include verification_state
local now = read_now(ARGV[1])
local record = fields(KEYS[1], 'app', 'purpose', 'status', 'ended', 'expires', 'generation', 'name')
if not record or record.app ~= ARGV[2] or state_of(record, KEYS[3] .. record.name, now) ~= 'pending' then
  return { 'gone' }
end

redis.call('HSET', KEYS[1], 'status', 'canceled', 'ended', now)
redis.call('PEXPIRE', KEYS[1], ARGV[3])
redis.call('DEL', KEYS[2])
return { 'canceled' }
