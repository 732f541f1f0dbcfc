-- read_send: read everything that is needed before a gateway call for one send of a verification, or an outgoing message.
--
-- A script, because record, code and messages must be read at the same time.
--
-- KEYS[1]  record         hash of the verification, or of the outgoing message
-- KEYS[2]  secret         string; of an outgoing message, its text
-- KEYS[3]  messages       list of ids
-- KEYS[4]  message        prefix; each message id is appended
-- KEYS[5]  number         prefix; the record's app and name are appended
-- KEYS[6]  prefix of all keys; those of opt-outs are appended
-- facts.now            milliseconds since 1970; 0 for the server's clock
-- facts.send           number of the send, from 1
--
-- Returns  {"go", now, expires_at, secret, sealed, tried, {{message id, gateway, outcome, status, reason or "", job}, …},
--           app, purpose, name, locale or "", reference or "", gateway that reported an opt-out of codes or "",
--           when the send was requested, senders of which messages without a code are refused, one a line}
--          where `tried` counts the gateway calls of this send, and its messages are the oldest first
--          | {"ended"} | {"unreadable"} for a record that lacks a field
-- include facts
-- include now
-- include verification_state
-- include opt_outs
local facts = read_facts(ARGV)
local now, send = read_now(facts.now), facts.send
local record = read_fields(KEYS[1], 'app', 'purpose', 'status', 'ended', 'expires', 'generation', 'name', 'number',
  'locale', 'reference', 'has_code', 'tried:' .. send, 'send:' .. send)
local secret = redis.call('GET', KEYS[2])
if not record or not secret then
  return { 'ended' }
end
if not (record.purpose and record.expires and record.generation and record.name and record.number) then
  return { 'unreadable' }
end
if state_of(record, KEYS[5] .. record.app .. ':' .. record.name, now) ~= 'pending' then
  return { 'ended' }
end
local attempts = {}
for _, id in ipairs(redis.call('LRANGE', KEYS[3], 0, -1)) do
  local message = redis.call('HMGET', KEYS[4] .. id, 'send', 'gateway', 'outcome', 'status', 'reason', 'job')
  if message[1] == send then
    attempts[#attempts + 1] = { id, message[2] or '', message[3] or 'in_progress', message[4] or 'unknown',
      message[5] or '', message[6] or '' }
  end
end
local opted_out, opted_out_senders = '', {}
if record.generation == NO_GENERATION and not record.has_code then
  for i, one in ipairs(read_opt_outs(KEYS[6], record.app, record.name, now)) do
    opted_out_senders[i] = one.sender
  end
else
  opted_out = redis.call('GET', KEYS[6] .. 'opted_out:' .. record.name) or ''
end
return { 'go', now, tonumber(record.expires), secret, record.number, tonumber(record['tried:' .. send] or 0), attempts,
  record.app, record.purpose, record.name, record.locale or '', record.reference or '', opted_out, record['send:' .. send] or '',
  table.concat(opted_out_senders, '\n') }
