-- record_outcome: remember what the gateway answered, and apply reports that were faster.
--
-- A script, because a report of this message may arrive between the steps.
--
-- KEYS[1]  message        hash
-- KEYS[2]  vendor         string: the message of a vendor's id
-- KEYS[3]  early          hash of parked reports, by vendor's id
-- KEYS[4]  early_at       zset of the same
-- KEYS[5]  silences       zset of sends that wait for a report, by when the wait ends
-- KEYS[6]  opted_out      prefix; the message's name completes it
-- ARGV[1]  now            milliseconds since 1970; 0 for the server's clock
-- ARGV[2]  id             the message's
-- ARGV[3]  outcome        "accepted", "refused", "unreachable", "unsure" or "left"
-- ARGV[4]  status         that the message gets by it; "" for none
-- ARGV[5]  from           the statuses that may become so: "queued,sent"
-- ARGV[6]  word           the vendor's
-- ARGV[7]  reason         ours, or ""
-- ARGV[8]  vendor_id      the vendor's id for the message, named; or ""
-- ARGV[9]  segments       or ""
-- ARGV[10] price          or ""
-- ARGV[11] patience       milliseconds to wait for a report; 0 for as long as the code lives
--
-- Returns  {"settled", status, reason or ""} as they then are | {"gone"}
-- include now
-- include transition_status
-- include opt_out
local now = read_now(ARGV[1])
local lives = redis.call('PTTL', KEYS[1])
if lives < 0 then
  return { 'gone' }
end
local kept = redis.call('HMGET', KEYS[1], 'name', 'gateway', 'verification', 'send')
local early = ARGV[8] ~= '' and redis.call('HGET', KEYS[3], ARGV[8])

-- A call that was left may have been settled meanwhile, by a worker that was only slow.
redis.call(ARGV[3] == 'left' and 'HSETNX' or 'HSET', KEYS[1], 'outcome', ARGV[3])
if ARGV[4] ~= '' then
  transition(KEYS[1], ARGV[4], ARGV[5], ARGV[6], ARGV[7], now)
end
remember_opt_out(KEYS[6], kept[1], kept[2], ARGV[7])
for field, value in pairs({ segments = ARGV[9], price = ARGV[10] }) do
  if value ~= '' then
    redis.call('HSET', KEYS[1], field, value)
  end
end
if ARGV[8] ~= '' then
  redis.call('SET', KEYS[2], ARGV[2], 'PX', lives)
  for line in string.gmatch(early or '', '[^\n]+') do
    local recipient, at, status, from, reason, word = string.match(line, '^(%S*)|(%d+)|(%w*)|([%w,]*)|([%w_]*)|(.*)$')
    if recipient == kept[1] and tonumber(at) > now - 60000 then
      transition(KEYS[1], status, from, word, reason, at)
      remember_opt_out(KEYS[6], kept[1], kept[2], reason)
    end
  end
  redis.call('HDEL', KEYS[3], ARGV[8])
  redis.call('ZREM', KEYS[4], ARGV[8])
end
local stands = redis.call('HMGET', KEYS[1], 'status', 'reason')
if tonumber(ARGV[11]) > 0 and stands[1] == 'sent' then
  local job = { ARGV[2], 'sends', 'verification', kept[3], 'send', kept[4], 'silent', ARGV[2] }
  redis.call('ZADD', KEYS[5], now + ARGV[11], cjson.encode(job))
  redis.call('PEXPIRE', KEYS[5], 2 * ARGV[11] + 600000)
end
return { 'settled', stands[1], stands[2] or '' }
