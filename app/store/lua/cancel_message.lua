-- cancel_message: end an outgoing message while no gateway was called for it.
--
-- A script, because a worker may open it at the same time.
--
-- KEYS[1]  outgoing       hash
-- KEYS[2]  text           string
-- KEYS[3]  scheduled      zset of messages that wait for their time
-- facts.now            milliseconds since 1970; 0 for the server's clock
-- facts.id             id of the message
-- facts.app            app of the API key
-- facts.keep           retention after the end, milliseconds
--
-- Returns  {"canceled"} | {"gone"}
-- include facts
-- include now
-- include verification_state
local facts = read_facts(ARGV)
local now = read_now(facts.now)
local record = read_fields(KEYS[1], 'app', 'status', 'expires', 'generation', 'tried:1', 'test')
if not record or record.app ~= facts.app or record['tried:1'] or record.test or state_of(record, '', now) ~= 'pending' then
  return { 'gone' }
end

redis.call('HSET', KEYS[1], 'status', 'canceled', 'ended', now)
redis.call('PEXPIRE', KEYS[1], facts.keep)
redis.call('DEL', KEYS[2])
redis.call('ZREM', KEYS[3], facts.id)
return { 'canceled' }
