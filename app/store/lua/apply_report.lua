-- apply_report: find the message of a delivery report and change its status.
--
-- A script, because reports may repeat, arrive in any order, or arrive before the message's id is known.
-- The message is found by our reference where the vendor echoes it; otherwise by the vendor's id and
-- the recipient. A report without a reference whose message is not known yet is parked for 60 s;
-- 10,000 are parked at most.
--
-- KEYS[1]  message        prefix; the message id is appended
-- KEYS[2]  vendor         string: the message id for a vendor's id
-- KEYS[3]  early          hash of parked reports, by vendor's id
-- KEYS[4]  early_at       zset of the same ids, by arrival time
-- KEYS[5]  counts         hash: how many reports had each result
-- KEYS[6]  sends          stream
-- KEYS[7]  opted_out      prefix; the name of the message's number is appended
-- ARGV[1]  now            milliseconds since 1970; 0 for the server's clock
-- ARGV[2]  gateway        name of the gateway
-- ARGV[3]  reference      our message id, or ""
-- ARGV[4]  vendor_id      keyed name of the vendor's id
-- ARGV[5]  recipient      name of the number
-- ARGV[6]  status         new status
-- ARGV[7]  from           statuses that may change to it: "queued,sent"
-- ARGV[8]  word           the vendor's status or error code
-- ARGV[9]  reason         our reason, or ""
-- ARGV[10] further        "1" if another gateway may succeed after this kind of failure
--
-- Returns  {"moved", message id} | {"kept", message id} | {"parked"} | {"unknown"}
-- include now
-- include transition_status
-- include opt_out
local now = read_now(ARGV[1])

local function count_result(result, id)
  redis.call('HINCRBY', KEYS[5], result, 1)
  return { result, id }
end

local id, by_vendor = ARGV[3], redis.call('GET', KEYS[2])
if id == '' then
  id = by_vendor
elseif by_vendor and by_vendor ~= id then
  return count_result('unknown') -- some vendors sign their own id, but not the callback URL that holds ours
end
if id then
  local message = redis.call('HMGET', KEYS[1] .. id, 'gateway', 'name', 'verification', 'send', 'outcome')
  if message[1] ~= ARGV[2] or (ARGV[3] == '' and message[2] ~= ARGV[5]) then
    return count_result('unknown')
  end
  if not transition(KEYS[1] .. id, ARGV[6], ARGV[7], ARGV[8], ARGV[9], now) then
    return count_result('kept', id)
  end
  store_opt_out(KEYS[7], message[2], message[1], ARGV[9])
  -- Without an outcome the gateway call is still in progress: its worker reads the failure and fails over itself.
  if ARGV[10] == '1' and message[5] then
    redis.call('XADD', KEYS[6], '*', 'verification', message[3], 'send', message[4])
  end
  return count_result('moved', id)
end

local expired = redis.call('ZRANGEBYSCORE', KEYS[4], '-inf', now - 60000, 'LIMIT', 0, 100)
if #expired > 0 then
  redis.call('HDEL', KEYS[3], unpack(expired))
  redis.call('ZREM', KEYS[4], unpack(expired))
end
local parked = redis.call('HGET', KEYS[3], ARGV[4]) or ''
if redis.call('ZCARD', KEYS[4]) >= 10000 or #parked > 2000 then
  return count_result('unknown')
end
local entry = table.concat({ ARGV[5], now, ARGV[6], ARGV[7], ARGV[9], ARGV[8] }, '|')
redis.call('HSET', KEYS[3], ARGV[4], parked .. entry .. '\n')
redis.call('ZADD', KEYS[4], 'NX', now, ARGV[4])
redis.call('PEXPIRE', KEYS[3], 60000)
redis.call('PEXPIRE', KEYS[4], 60000)
return count_result('parked')
