-- read_verification: read a verification, its state and its messages at the same time.
--
-- A script, because the state depends on the number's generation and on the server's clock.
--
-- KEYS[1]  verification   hash
-- KEYS[2]  messages       list of ids
-- KEYS[3]  number         prefix; the record's name is appended
-- KEYS[4]  message        prefix; each message id is appended
-- facts.now            milliseconds since 1970; 0 for the server's clock
-- facts.app            app of the API key
--
-- Returns  {"found", state, ended_at or 0, {field, value, …}, {{id, field, value, …}, …}} | {"gone"}
-- include facts
-- include now
-- include verification_state
local facts = read_facts(ARGV)
local now = read_now(facts.now)
local record = read_fields(KEYS[1], 'app', 'purpose', 'status', 'ended', 'expires', 'generation', 'name')
if not record or record.app ~= facts.app then
  return { 'gone' }
end
local state, ended = state_of(record, KEYS[3] .. record.name, now)
local messages = {}
for _, id in ipairs(redis.call('LRANGE', KEYS[2], 0, -1)) do
  local message = redis.call('HGETALL', KEYS[4] .. id)
  table.insert(message, 1, id)
  messages[#messages + 1] = message
end
return { 'found', state, ended, redis.call('HGETALL', KEYS[1]), messages }
