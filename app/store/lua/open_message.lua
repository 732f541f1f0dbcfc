-- open_message: store a message for one gateway call, or reopen one that was not sent.
--
-- A script, because at the same time the verification may end, or another worker may call a gateway.
-- The message is stored before the gateway is called, so a report always finds it, and a worker that
-- takes over from a dead one sees that a call was in progress, and for which job.
--
-- KEYS[1]  record         hash of the verification, or of the outgoing message
-- KEYS[2]  messages       list of ids
-- KEYS[3]  message        hash
-- KEYS[4]  number         prefix; the record's app and name are appended
-- facts.now            milliseconds since 1970; 0 for the server's clock
-- facts.send           number of the send, from 1
-- facts.id             id of the message
-- facts.gateway        name of the gateway
-- facts.sender         of an outgoing message, the sender that the phone shows; without it, no gateway will be called
-- facts.verification   id of the record
-- facts.job            id of the job that makes the call
-- facts.tried          gateway calls of this send that the worker has read
-- facts.country        country of the number
-- facts.request_id     id of the request that asked for the SMS
-- facts.why            why this gateway was chosen, for the history
--
-- Returns  {"open", now} | {"overtaken"} | {"ended"}
-- include facts
-- include now
-- include verification_state
-- include event_outbox
local facts = read_facts(ARGV)
local now, send = read_now(facts.now), facts.send
local record = read_fields(KEYS[1], 'app', 'status', 'ended', 'expires', 'generation', 'name', 'purpose',
  'events', 'tried:' .. send)
if not record or state_of(record, KEYS[4] .. record.app .. ':' .. record.name, now) ~= 'pending' then
  return { 'ended' }
end
if tonumber(record['tried:' .. send] or 0) ~= tonumber(facts.tried) then
  return { 'overtaken' }
end
local history = redis.call('HGET', KEYS[3], 'history')

redis.call('HSET', KEYS[1], 'tried:' .. send, (record['tried:' .. send] or 0) + 1, 'gateway', facts.gateway)
if history then
  redis.call('HDEL', KEYS[3], 'outcome')
  redis.call('HSET', KEYS[3], 'job', facts.job)
else
  local ttl = redis.call('PTTL', KEYS[1])
  redis.call('HSET', KEYS[3], 'version', 1, 'verification', facts.verification, 'send', send, 'gateway', facts.gateway, 'name', record.name,
    'status', 'queued', 'job', facts.job, 'country', facts.country or '', 'request_id', facts.request_id or '', 'history',
    now .. ' queued ' .. (facts.why or ''))
  if facts.sender then
    redis.call('HSET', KEYS[3], 'sender', facts.sender)
  end
  if is_wanted(record.events, 'message.sent') or is_wanted(record.events, 'message.delivered')
    or is_wanted(record.events, 'message.failed') then
    redis.call('HSET', KEYS[3], 'events', record.events)
  end
  redis.call('PEXPIRE', KEYS[3], ttl)
  redis.call('RPUSH', KEYS[2], facts.id)
  redis.call('PEXPIRE', KEYS[2], ttl)
end
return { 'open', now }
