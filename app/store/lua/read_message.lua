-- read_message: read an outgoing message, or an SMS of a verification, with the record that it belongs to.
--
-- A script, because record and messages must be read at the same time.
--
-- KEYS[1]  prefix of all keys
-- facts.now            milliseconds since 1970; 0 for the server's clock
-- facts.id             id of the message
-- facts.app            app of the API key
--
-- Returns  {"found", now, id of the record, {field, value, …}, {{id, field, value, …}, …}} | {"gone"}
-- include facts
-- include now
-- include record_key
local facts = read_facts(ARGV)
local now, prefix = read_now(facts.now), KEYS[1]
local id, ids = facts.id or '', nil
if redis.call('EXISTS', record_key(prefix, id)) == 1 then
  ids = redis.call('LRANGE', prefix .. 'messages:' .. id, 0, -1)
else
  ids = { id }
  id = redis.call('HGET', prefix .. 'message:' .. id, 'verification') or ''
end
local record = redis.call('HGETALL', record_key(prefix, id))
local app = redis.call('HGET', record_key(prefix, id), 'app')
if app ~= facts.app then
  return { 'gone' }
end
local messages = {}
for _, message_id in ipairs(ids) do
  local message = redis.call('HGETALL', prefix .. 'message:' .. message_id)
  table.insert(message, 1, message_id)
  messages[#messages + 1] = message
end
return { 'found', now, id, record, messages }
