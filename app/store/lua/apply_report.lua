-- apply_report: find the message of a delivery report and change its status.
--
-- A script, because reports may repeat, arrive in any order, or arrive before the message's id is known.
-- The message is found by our reference where the vendor echoes it; otherwise by the vendor's id and
-- the recipient. A report without a reference whose message is not known yet is parked for 60 s;
-- 10,000 are parked at most.
--
-- KEYS[1]  message        prefix; the message id is appended
-- KEYS[2]  vendor         string: the message id for a vendor's id
-- KEYS[3]  parked         hash of parked reports, by vendor's id
-- KEYS[4]  parked_at      zset of the same ids, by arrival time
-- KEYS[5]  counts         hash: how many reports had each result
-- KEYS[6]  sends          stream
-- KEYS[7]  prefix of all keys; those of opt-outs, events, prices, spending and the fraud guard are appended
-- facts.now            milliseconds since 1970; 0 for the server's clock
-- facts.gateway        name of the gateway
-- facts.reference      our message id
-- facts.vendor_id      keyed name of the vendor's id
-- facts.recipient      name of the number
-- facts.status         new status
-- facts.from           statuses that may change to it: "queued,sent"
-- facts.word           the vendor's status or error code
-- facts.reason         our reason
-- facts.price          the vendor's price; one of a report that is parked is not stored
-- facts.currency       currency in which the message is counted
-- facts.reported       what it costs by the vendor's price, in millionths; 0 for a price in another currency
-- facts.least          the lowest price of a segment that is believed
-- facts.most           the highest one
-- facts.further        "1" if another gateway may succeed after this kind of failure
--
-- Returns  {"moved", now, message id, verification, request id, country, when the gateway accepted it or 0}
--          | {"kept", the same} | {"parked"} | {"unknown"}
-- include facts
-- include now
-- include transition_status
-- include opt_out
-- include send_job
-- include event_outbox
-- include message_event
-- include message_cost
-- include guard_feedback
local facts = read_facts(ARGV)
local now = read_now(facts.now)

local function count_result(result, id, message)
  redis.call('HINCRBY', KEYS[5], result, 1)
  if not message then
    return { result }
  end
  local accepted_at = string.match(message[8] or '', '(%d+) sent accepted')
  return { result, now, id, message[3], message[6] or '', message[7] or '', tonumber(accepted_at or 0) }
end

local id, by_vendor = facts.reference, redis.call('GET', KEYS[2])
if not id then
  id = by_vendor
elseif by_vendor and by_vendor ~= id then
  return count_result('unknown') -- some vendors sign their own id, but not the callback URL that holds ours
end
if id then
  local message = redis.call('HMGET', KEYS[1] .. id, 'gateway', 'name', 'verification', 'send', 'outcome',
    'request_id', 'country', 'history', 'events', 'sender')
  if message[1] ~= facts.gateway or (not facts.reference and message[2] ~= facts.recipient) then
    return count_result('unknown')
  end
  if facts.price then
    count_cost(KEYS[7], KEYS[1] .. id, facts, {}, now)
    redis.call('HSET', KEYS[1] .. id, 'price', facts.price)
  end
  if not transition(KEYS[1] .. id, facts.status, facts.from, facts.word, facts.reason, now) then
    return count_result('kept', id, message)
  end
  store_opt_out(KEYS[7], { name = message[2], gateway = message[1], record = message[3], sender = message[10] }, facts.reason, now)
  if message[9] and is_wanted(message[9], message_event_type(facts.status)) then
    queue_message_event(KEYS[7], message[9], id, facts.status, now)
  end
  note_delivery(KEYS[7], message[3], message[4], GUARD_OUTCOMES[facts.status], now)
  -- Without an outcome the gateway call is still in progress: its worker reads the failure and fails over itself.
  -- The text of an outgoing message was erased when the gateway took it: no other one can send it.
  if facts.further and message[5] and not is_message_id(message[3]) then
    queue_send_job(KEYS[6], message[3], message[4], { request_id = message[6] or nil })
  end
  return count_result('moved', id, message)
end

local expired = redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', now - 60000, 'LIMIT', 0, 100)
if #expired > 0 then
  redis.call('HDEL', KEYS[3], unpack(expired))
  redis.call('ZREM', KEYS[4], unpack(expired))
end
local parked = redis.call('HGET', KEYS[3], facts.vendor_id) or ''
if redis.call('ZCARD', KEYS[4]) >= 10000 or #parked > 2000 then
  return count_result('unknown')
end
local entry = table.concat({ facts.recipient or '', now, facts.status, facts.from or '', facts.reason or '',
  facts.word or '' }, '|')
redis.call('HSET', KEYS[3], facts.vendor_id, parked .. entry .. '\n')
redis.call('ZADD', KEYS[4], 'NX', now, facts.vendor_id)
redis.call('PEXPIRE', KEYS[3], 60000)
redis.call('PEXPIRE', KEYS[4], 60000)
return count_result('parked')
