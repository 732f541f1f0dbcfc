-- begin_message: open a message for one send, unless there is nothing left to do.
--
-- A script, because the verification may end, or another worker may have sent it, at this very
-- moment. What it opens stands before the gateway is called, so a report always finds its message.
-- Whoever takes over from a dead worker opens another: that call may have come through, or not.
--
-- KEYS[1]  verification   hash
-- KEYS[2]  secret         string
-- KEYS[3]  messages       list of ids
-- KEYS[4]  message        prefix; the id completes it
-- KEYS[5]  number         prefix; the record's app and name complete it
-- ARGV[1]  now            milliseconds since 1970; 0 for the server's clock
-- ARGV[2]  send           its number, from 1
-- ARGV[3]  id             of the message, if a new one is opened
-- ARGV[4]  gateway        its name
-- ARGV[5]  verification   its id
--
-- Returns  {"go", message id, now, expires_at, secret, sealed, app, purpose, name, unsure} where
--          `unsure` counts the earlier calls of this send of which nobody knows the end
--          | {"sent"} | {"ended"}
-- include clock
-- include standing
local now, send = clock(ARGV[1]), ARGV[2]
local record = fields(KEYS[1], 'app', 'purpose', 'status', 'ended', 'expires', 'generation', 'name', 'number',
  'sent:' .. send, 'unsure:' .. send, 'open:' .. send)
local secret = redis.call('GET', KEYS[2])
if not record or not secret or standing(record, KEYS[5] .. record.app .. ':' .. record.name, now) ~= 'pending' then
  return { 'ended' }
end
if record['sent:' .. send] then
  return { 'sent' }
end
local id = record['open:' .. send]
local reusable = id and redis.call('HGET', KEYS[4] .. id, 'gateway') == ARGV[4]

if not reusable then
  id = ARGV[3]
  redis.call('HSET', KEYS[4] .. id, 'verification', ARGV[5], 'send', send, 'gateway', ARGV[4], 'name', record.name,
    'status', 'queued', 'history', now .. ' queued ')
  redis.call('PEXPIRE', KEYS[4] .. id, redis.call('PTTL', KEYS[1]))
  redis.call('RPUSH', KEYS[3], id)
  redis.call('PEXPIRE', KEYS[3], redis.call('PTTL', KEYS[1]))
end
redis.call('HDEL', KEYS[1], 'open:' .. send)
return { 'go', id, now, tonumber(record.expires), secret, record.number, record.app, record.purpose, record.name,
  tonumber(record['unsure:' .. send] or 0) }
