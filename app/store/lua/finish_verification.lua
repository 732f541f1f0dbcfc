-- finish_verification: end a verification.
local function finish_verification(record, status, ttl, now)
  redis.call('HSET', record.key, 'status', status, 'ended', now, 'attempts', record.attempts)
  redis.call('PEXPIRE', record.key, ttl)
  redis.call('DEL', record.secret)
end
