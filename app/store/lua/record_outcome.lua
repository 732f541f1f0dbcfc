-- record_outcome: store the outcome of a gateway call and apply the reports that arrived before it.
--
-- A script, because a report of this message may arrive between the steps.
--
-- KEYS[1]  message        hash
-- KEYS[2]  vendor         string: the message id for a vendor's id
-- KEYS[3]  parked         hash of parked reports, by vendor's id
-- KEYS[4]  parked_at      zset of the same ids, by arrival time
-- KEYS[5]  silences       zset of sends that wait for a report, by when the wait ends
-- KEYS[6]  prefix of all keys; those of opt-outs, events, prices, spending and the fraud guard are appended
-- facts.now            milliseconds since 1970; 0 for the server's clock
-- facts.id             id of the message
-- facts.outcome        "accepted", "refused", "unreachable", "unsure", "bug" or "left"
-- facts.status         new status of the message
-- facts.from           statuses that may change to it: "queued,sent"
-- facts.word           the vendor's status or error code
-- facts.reason         our reason
-- facts.vendor_id      keyed name of the vendor's id for the message
-- facts.segments       number of SMS segments
-- facts.price          the vendor's price
-- facts.currency       currency in which the message is counted
-- facts.cost           what it costs by the price table, in millionths
-- facts.reported       what it costs by the vendor's price, in millionths; 0 for a price in another currency
-- facts.least          the lowest price of a segment that is believed
-- facts.most           the highest one
-- facts.report_wait    milliseconds to wait for a report; without it, until the code expires
--
-- Returns  {"recorded", status, reason or ""} with the message's new values | {"gone"}
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
local ttl = redis.call('PTTL', KEYS[1])
if ttl < 0 then
  return { 'gone' }
end
local message = redis.call('HMGET', KEYS[1], 'name', 'gateway', 'verification', 'send', 'request_id', 'events', 'sender')
local recipient_of = { name = message[1], gateway = message[2], record = message[3], sender = message[7] }
local parked = facts.vendor_id and redis.call('HGET', KEYS[3], facts.vendor_id)

-- A call that was marked as abandoned may have an outcome by now, from a worker that was only slow.
redis.call(facts.outcome == 'left' and 'HSETNX' or 'HSET', KEYS[1], 'outcome', facts.outcome)
local changes = {}
if facts.status and transition(KEYS[1], facts.status, facts.from, facts.word, facts.reason, now) then
  changes[1] = facts.status
end
store_opt_out(KEYS[6], recipient_of, facts.reason, now)
count_cost(KEYS[6], KEYS[1], facts, { cost = facts.cost, segments = facts.segments }, now)
for field, value in pairs({ segments = facts.segments, price = facts.price }) do
  redis.call('HSET', KEYS[1], field, value)
end
if facts.vendor_id then
  redis.call('SET', KEYS[2], facts.id, 'PX', ttl)
  for line in string.gmatch(parked or '', '[^\n]+') do
    local recipient, at, status, from, reason, word = string.match(line, '^(%S*)|(%d+)|(%w*)|([%w,]*)|([%w_]*)|(.*)$')
    if recipient == message[1] and tonumber(at) > now - 60000 then
      if transition(KEYS[1], status, from, word, reason, at) then
        changes[#changes + 1] = status
      end
      store_opt_out(KEYS[6], recipient_of, reason, now)
    end
  end
  redis.call('HDEL', KEYS[3], facts.vendor_id)
  redis.call('ZREM', KEYS[4], facts.vendor_id)
end
for _, status in ipairs(changes) do
  note_delivery(KEYS[6], message[3], message[4], facts.outcome == 'refused' and 'refused' or GUARD_OUTCOMES[status], now)
end
for _, new_status in ipairs(message[6] and changes or {}) do
  if is_wanted(message[6], message_event_type(new_status)) then
    queue_message_event(KEYS[6], message[6], facts.id, new_status, now)
  end
end
if facts.outcome == 'accepted' and is_message_id(message[3]) then
  redis.call('DEL', KEYS[6] .. 'text:' .. message[3]) -- handed over: no other gateway will need it
end
local current = redis.call('HMGET', KEYS[1], 'status', 'reason')
if facts.report_wait and not is_message_id(message[3]) and current[1] == 'sent' then
  local job = { facts.id, 'sends', 'silent', facts.id, unpack(send_job(message[3], message[4], { request_id = message[5] or nil })) }
  redis.call('ZADD', KEYS[5], now + facts.report_wait, cjson.encode(job))
  redis.call('PEXPIRE', KEYS[5], 2 * facts.report_wait + 600000)
end
return { 'recorded', current[1], current[2] or '' }
