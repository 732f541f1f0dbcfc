-- open_message: store a message for one gateway call, or reopen one that was not sent.
--
-- A script, because at the same time the verification may end, or another worker may call a gateway.
-- The message is stored before the gateway is called, so a report always finds it, and a worker that
-- takes over from a dead one sees that a call was in progress, and for which job.
--
-- KEYS[1]  verification   hash
-- KEYS[2]  messages       list of ids
-- KEYS[3]  message        hash
-- KEYS[4]  number         prefix; the record's app and name are appended
-- ARGV[1]  now            milliseconds since 1970; 0 for the server's clock
-- ARGV[2]  send           number of the send, from 1
-- ARGV[3]  id             id of the message
-- ARGV[4]  gateway        name of the gateway
-- ARGV[5]  verification   id of the verification
-- ARGV[6]  job            id of the job that makes the call
-- ARGV[7]  tried          gateway calls of this send that the worker has read
-- ARGV[8]  why            why this gateway was chosen, for the history; or ""
--
-- Returns  {"open", now} | {"overtaken"} | {"ended"}
-- include now
-- include verification_state
local now, send = read_now(ARGV[1]), ARGV[2]
local record = read_fields(KEYS[1], 'app', 'status', 'ended', 'expires', 'generation', 'name', 'purpose',
  'tried:' .. send)
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
  local ttl = redis.call('PTTL', KEYS[1])
  redis.call('HSET', KEYS[3], 'verification', ARGV[5], 'send', send, 'gateway', ARGV[4], 'name', record.name,
    'status', 'queued', 'job', ARGV[6], 'history', now .. ' queued ' .. ARGV[8])
  redis.call('PEXPIRE', KEYS[3], ttl)
  redis.call('RPUSH', KEYS[2], ARGV[3])
  redis.call('PEXPIRE', KEYS[2], ttl)
end
return { 'open', now }
