-- end_message: end an outgoing message that will not be sent any more, and erase its text.
--
-- A script, because its app may cancel it at the same time, and only one end has an event.
--
-- It is `expired` only while its text waits, or once its time is over: the text is erased too when a gateway took the
-- message. Where the last gateway refused it, its app knows that it failed.
--
-- KEYS[1]  outgoing       hash
-- KEYS[2]  text           string
-- KEYS[3]  messages       list of ids
-- KEYS[4]  prefix of all keys; those of messages and events are appended
-- facts.now            milliseconds since 1970; 0 for the server's clock
-- facts.id             id of the message
-- facts.status         "expired"; or what the gateways answered: "failed", or "unknown" where one may have sent it
--
-- Returns  {"ended"} | {"gone"}
-- include facts
-- include now
-- include verification_state
-- include event_outbox
local facts = read_facts(ARGV)
local now = read_now(facts.now)
local record = read_fields(KEYS[1], 'app', 'status', 'expires', 'purpose', 'reference', 'masked', 'name', 'number',
  'traceparent', 'events')
if not record or record.status ~= 'pending' then
  return { 'gone' }
end
local status = facts.status
if status == 'expired' then
  if now < tonumber(record.expires) and redis.call('EXISTS', KEYS[2]) == 0 then
    return { 'gone' }
  end
  local last = redis.call('LRANGE', KEYS[3], -1, -1)[1]
  local last_status = last and redis.call('HGET', KEYS[4] .. 'message:' .. last, 'status') or 'queued'
  if last_status ~= 'queued' and last_status ~= 'failed' then
    return { 'gone' }
  end
  status = last_status == 'failed' and 'failed' or 'expired'
end

redis.call('HSET', KEYS[1], 'status', status, 'ended', now)
redis.call('DEL', KEYS[2])
if status == 'expired' and is_wanted(record.events, 'message.failed') then
  local fields = { 'message', facts.id, 'status', status }
  for _, name in ipairs({ 'purpose', 'reference', 'masked' }) do
    if record[name] then
      fields[#fields + 1], fields[#fields + 2] = name, record[name]
    end
  end
  queue_event(KEYS[4], record.app, record.events, 'message.failed', now, fields,
    { name = record.name, sealed = record.number }, record.traceparent)
end
return { 'ended' }
