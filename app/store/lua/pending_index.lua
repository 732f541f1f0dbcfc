-- pending_index: index the verifications of a number by expiry, for checks and searches that have only the number.
--
-- The newest hundred are stored, the ended ones as long as their records: a check reads the newest fifty of them, a
-- search all. A new key has no TTL yet, and no older entries to remove.
local function index_pending(pending, entry, expires, remove_until, ttl)
  redis.call('ZADD', pending, expires, entry)
  local current_ttl = redis.call('PTTL', pending)
  if current_ttl >= 0 then
    redis.call('ZREMRANGEBYSCORE', pending, '-inf', remove_until)
    redis.call('ZREMRANGEBYRANK', pending, 0, -101)
  end
  if current_ttl < ttl then
    redis.call('PEXPIRE', pending, ttl)
  end
end
