-- open_message: open a message for one call of a gateway, or open one again that did not go out.
--
-- A script, because the verification may end, or another worker may ask a gateway, at this very
-- moment. What it opens stands before the gateway is called, so a report always finds its message,
-- and whoever takes over from a dead worker sees that a call was in hand, and whose.
--
-- KEYS[1]  verification   hash
-- KEYS[2]  messages       list of ids
-- KEYS[3]  message        hash
-- KEYS[4]  number         prefix; the record's app and name complete it
-- ARGV[1]  now            milliseconds since 1970; 0 for the server's clock
-- ARGV[2]  send           its number, from 1
-- ARGV[3]  id             the message's
-- ARGV[4]  gateway        its name
-- ARGV[5]  verification   its id
-- ARGV[6]  job            that makes the call
-- ARGV[7]  tried          the calls of this send that the caller knows of
-- ARGV[8]  why            this gateway, for the history; or ""
--
-- Returns  {"open", now} | {"overtaken"} | {"ended"}
-- include now
-- include verification_state
local now, send = read_now(ARGV[1]), ARGV[2]
local record = fields(KEYS[1], 'app', 'status', 'ended', 'expires', 'generation', 'name', 'purpose', 'tried:' .. send)
if not record or state_of(record, KEYS[4] .. record.app .. ':' .. record.name, now) ~= 'pending' then
  return { 'ended' }
end
if tonumber(record['tried:' .. send] or 0) ~= tonumber(ARGV[7]) then
  return { 'overtaken' }
end
local history = redis.call('HGET', KEYS[3], 'history')

redis.call('HINCRBY', KEYS[1], 'tried:' .. send, 1)
if history then
  redis.call('HDEL', KEYS[3], 'outcome')
  redis.call('HSET', KEYS[3], 'job', ARGV[6])
else
  local lives = redis.call('PTTL', KEYS[1])
  redis.call('HSET', KEYS[3], 'verification', ARGV[5], 'send', send, 'gateway', ARGV[4], 'name', record.name,
    'status', 'queued', 'job', ARGV[6], 'history', now .. ' queued ' .. ARGV[8])
  redis.call('PEXPIRE', KEYS[3], lives)
  redis.call('RPUSH', KEYS[2], ARGV[3])
  redis.call('PEXPIRE', KEYS[2], lives)
end
return { 'open', now }
