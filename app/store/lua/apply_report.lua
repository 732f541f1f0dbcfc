-- apply_report: find the message that a report tells of, and move its status.
--
-- A script, because a report may come before the message's id is known, repeated, and in any order.
-- By our own reference where the vendor echoes it; else by the vendor's id and the recipient. A
-- report without a reference whose message is not known yet is parked for 60 s, 10,000 at most.
--
-- KEYS[1]  message        prefix; the id completes it
-- KEYS[2]  vendor         string: the message of a vendor's id
-- KEYS[3]  early          hash of parked reports, by vendor's id
-- KEYS[4]  early_at       zset of the same
-- KEYS[5]  counts         hash of reports by what became of them
-- KEYS[6]  sends          stream
-- KEYS[7]  opted_out      prefix; the message's name completes it
-- ARGV[1]  now            milliseconds since 1970; 0 for the server's clock
-- ARGV[2]  gateway        its name
-- ARGV[3]  reference      our message id, or ""
-- ARGV[4]  vendor_id      the vendor's id, named
-- ARGV[5]  recipient      the number's name
-- ARGV[6]  status
-- ARGV[7]  from           the statuses that may become so: "queued,sent"
-- ARGV[8]  word           the vendor's
-- ARGV[9]  reason         ours, or ""
-- ARGV[10] further        "1" where a failure of this kind is for another gateway to mend
--
-- Returns  {"moved", message id} | {"kept", message id} | {"parked"} | {"unknown"}
-- include now
-- include transition_status
-- include opt_out
local now = read_now(ARGV[1])

local function answer(word, id)
  redis.call('HINCRBY', KEYS[5], word, 1)
  return { word, id }
end

local id, by_vendor = ARGV[3], redis.call('GET', KEYS[2])
if id == '' then
  id = by_vendor
elseif by_vendor and by_vendor ~= id then
  return answer('unknown') -- some vendors sign their own id, and not the address that holds ours
end
if id then
  local kept = redis.call('HMGET', KEYS[1] .. id, 'gateway', 'name', 'verification', 'send', 'outcome')
  if kept[1] ~= ARGV[2] or (ARGV[3] == '' and kept[2] ~= ARGV[5]) then
    return answer('unknown')
  end
  if not transition(KEYS[1] .. id, ARGV[6], ARGV[7], ARGV[8], ARGV[9], now) then
    return answer('kept', id)
  end
  remember_opt_out(KEYS[7], kept[2], kept[1], ARGV[9])
  -- While its call is in hand, the worker that made it is told of the failure, and goes on by itself.
  if ARGV[10] == '1' and kept[5] then
    redis.call('XADD', KEYS[6], '*', 'verification', kept[3], 'send', kept[4])
  end
  return answer('moved', id)
end

local old = redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', now - 60000, 'LIMIT', 0, 100)
if #old > 0 then
  redis.call('HDEL', KEYS[3], unpack(old))
  redis.call('ZREM', KEYS[4], unpack(old))
end
local parked = redis.call('HGET', KEYS[3], ARGV[4]) or ''
if redis.call('ZCARD', KEYS[4]) >= 10000 or #parked > 2000 then
  return answer('unknown')
end
local line = table.concat({ ARGV[5], now, ARGV[6], ARGV[7], ARGV[9], ARGV[8] }, '|')
redis.call('HSET', KEYS[3], ARGV[4], parked .. line .. '\n')
redis.call('ZADD', KEYS[4], 'NX', now, ARGV[4])
redis.call('PEXPIRE', KEYS[3], 60000)
redis.call('PEXPIRE', KEYS[4], 60000)
return answer('parked')
