-- queue_scheduled: queue the outgoing messages whose time has come, a few in each call.
--
-- A script, because several workers call it at the same time, and each message must be queued only once. It takes few,
-- because Redis does nothing else meanwhile: a bulk that is due in one second must not delay a code.
--
-- KEYS[1]  scheduled       zset of messages, by the time that their caller set
-- KEYS[2]  sends_queue     stream of codes
-- KEYS[3]  messages_queue  stream of all other messages
-- KEYS[4]  prefix of all keys; those of outgoing messages are appended
-- facts.now            milliseconds since 1970; 0 for the server's clock
--
-- Returns  {how many were due, how many more may be: 0 for none}
-- include facts
-- include now
-- include send_job
local MAX_DUE = 100
local facts = read_facts(ARGV)
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', read_now(facts.now), 'LIMIT', 0, MAX_DUE)

for _, id in ipairs(due) do
  local record = redis.call('HMGET', record_key(KEYS[4], id), 'has_code', 'request_id', 'traceparent', 'status')
  if record[4] then -- else it was deleted, like one of a number that was erased
    local ids = { request_id = record[2] or nil, traceparent = record[3] or nil }
    queue_send_job(record[1] and KEYS[2] or KEYS[3], id, 1, ids)
  end
end
if #due > 0 then
  redis.call('ZREM', KEYS[1], unpack(due))
end
return { #due, #due == MAX_DUE and 1 or 0 }
