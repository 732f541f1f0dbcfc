-- settle_message: remember what the gateway answered, and apply reports that were faster.
--
-- A script, because a report of this message may arrive between the steps.
--
-- KEYS[1]  verification   hash
-- KEYS[2]  message        hash
-- KEYS[3]  vendor         string: the message of a vendor's id
-- KEYS[4]  early          hash of parked reports, by vendor's id
-- KEYS[5]  early_at       zset of the same
-- ARGV[1]  now            milliseconds since 1970; 0 for the server's clock
-- ARGV[2]  send           its number, from 1
-- ARGV[3]  id             the message's
-- ARGV[4]  outcome        "accepted", "refused", "unreachable" or "unsure"
-- ARGV[5]  status         that the message gets by it; "" for none
-- ARGV[6]  from           the statuses that may become so: "queued,sent"
-- ARGV[7]  word           the vendor's
-- ARGV[8]  reason         ours, or ""
-- ARGV[9]  vendor_id      the vendor's id for the message, named; or ""
-- ARGV[10] segments       or ""
-- ARGV[11] price          or ""
--
-- Returns  {"settled"} | {"gone"}
-- include clock
-- include move
local now, send, outcome = clock(ARGV[1]), ARGV[2], ARGV[4]
local lives = redis.call('PTTL', KEYS[2])
if lives < 0 then
  return { 'gone' }
end
local name = redis.call('HGET', KEYS[2], 'name')
local early = ARGV[9] ~= '' and redis.call('HGET', KEYS[4], ARGV[9])

if redis.call('EXISTS', KEYS[1]) == 1 then
  if outcome == 'accepted' then
    redis.call('HSET', KEYS[1], 'sent:' .. send, ARGV[3])
  elseif outcome == 'unsure' then
    redis.call('HINCRBY', KEYS[1], 'unsure:' .. send, 1)
  elseif outcome == 'unreachable' then
    redis.call('HSET', KEYS[1], 'open:' .. send, ARGV[3])
  end
end
if ARGV[5] ~= '' then
  move(KEYS[2], ARGV[5], ARGV[6], ARGV[7], ARGV[8], now)
end
for field, value in pairs({ segments = ARGV[10], price = ARGV[11] }) do
  if value ~= '' then
    redis.call('HSET', KEYS[2], field, value)
  end
end
if ARGV[9] ~= '' then
  redis.call('SET', KEYS[3], ARGV[3], 'PX', lives)
  for line in string.gmatch(early or '', '[^\n]+') do
    local recipient, at, status, from, reason, word = string.match(line, '^(%S*)|(%d+)|(%w*)|([%w,]*)|([%w_]*)|(.*)$')
    if recipient == name and tonumber(at) > now - 60000 then
      move(KEYS[2], status, from, word, reason, at)
    end
  end
  redis.call('HDEL', KEYS[4], ARGV[9])
  redis.call('ZREM', KEYS[5], ARGV[9])
end
return { 'settled' }
