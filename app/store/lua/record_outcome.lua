-- record_outcome: store the outcome of a gateway call and apply the reports that arrived before it.
--
-- A script, because a report of this message may arrive between the steps.
--
-- KEYS[1]  message        hash
-- KEYS[2]  vendor         string: the message id for a vendor's id
-- KEYS[3]  early          hash of parked reports, by vendor's id
-- KEYS[4]  early_at       zset of the same ids, by arrival time
-- KEYS[5]  silences       zset of sends that wait for a report, by when the wait ends
-- KEYS[6]  opted_out      prefix; the name of the message's number is appended
-- ARGV[1]  now            milliseconds since 1970; 0 for the server's clock
-- ARGV[2]  id             id of the message
-- ARGV[3]  outcome        "accepted", "refused", "unreachable", "unsure" or "left"
-- ARGV[4]  status         new status of the message; "" for none
-- ARGV[5]  from           statuses that may change to it: "queued,sent"
-- ARGV[6]  word           the vendor's status or error code
-- ARGV[7]  reason         our reason, or ""
-- ARGV[8]  vendor_id      keyed name of the vendor's id for the message; or ""
-- ARGV[9]  segments       number of SMS segments, or ""
-- ARGV[10] price          the vendor's price, or ""
-- ARGV[11] report_wait    milliseconds to wait for a report; 0 to wait until the code expires
--
-- Returns  {"settled", status, reason or ""} with the message's new values | {"gone"}
-- include now
-- include transition_status
-- include opt_out
local now = read_now(ARGV[1])
local ttl = redis.call('PTTL', KEYS[1])
if ttl < 0 then
  return { 'gone' }
end
local message = redis.call('HMGET', KEYS[1], 'name', 'gateway', 'verification', 'send')
local early = ARGV[8] ~= '' and redis.call('HGET', KEYS[3], ARGV[8])

-- A call that was marked as abandoned may have an outcome by now, from a worker that was only slow.
redis.call(ARGV[3] == 'left' and 'HSETNX' or 'HSET', KEYS[1], 'outcome', ARGV[3])
if ARGV[4] ~= '' then
  transition(KEYS[1], ARGV[4], ARGV[5], ARGV[6], ARGV[7], now)
end
store_opt_out(KEYS[6], message[1], message[2], ARGV[7])
for field, value in pairs({ segments = ARGV[9], price = ARGV[10] }) do
  if value ~= '' then
    redis.call('HSET', KEYS[1], field, value)
  end
end
if ARGV[8] ~= '' then
  redis.call('SET', KEYS[2], ARGV[2], 'PX', ttl)
  for line in string.gmatch(early or '', '[^\n]+') do
    local recipient, at, status, from, reason, word = string.match(line, '^(%S*)|(%d+)|(%w*)|([%w,]*)|([%w_]*)|(.*)$')
    if recipient == message[1] and tonumber(at) > now - 60000 then
      transition(KEYS[1], status, from, word, reason, at)
      store_opt_out(KEYS[6], message[1], message[2], reason)
    end
  end
  redis.call('HDEL', KEYS[3], ARGV[8])
  redis.call('ZREM', KEYS[4], ARGV[8])
end
local current = redis.call('HMGET', KEYS[1], 'status', 'reason')
if tonumber(ARGV[11]) > 0 and current[1] == 'sent' then
  local job = { ARGV[2], 'sends', 'verification', message[3], 'send', message[4], 'silent', ARGV[2] }
  redis.call('ZADD', KEYS[5], now + ARGV[11], cjson.encode(job))
  redis.call('PEXPIRE', KEYS[5], 2 * ARGV[11] + 600000)
end
return { 'settled', current[1], current[2] or '' }
