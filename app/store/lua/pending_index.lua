-- pending_index: the verifications of a number, by when they expire, for a check that knows only the number.
--
-- The newest fifty are kept: a bound on what one check may walk. One that stands alone has no end
-- yet, and nothing before it to forget.
local function remember_pending(pending, entry, expires, forgotten, lives)
  redis.call('ZADD', pending, expires, entry)
  local lived = redis.call('PTTL', pending)
  if lived >= 0 then
    redis.call('ZREMRANGEBYSCORE', pending, '-inf', forgotten)
    redis.call('ZREMRANGEBYRANK', pending, 0, -51)
  end
  if lived < lives then
    redis.call('PEXPIRE', pending, lives)
  end
end
