-- finish_verification: end a verification and refund its address limits.
local function finish_verification(record, status, ttl, now)
  redis.call('HSET', record.key, 'status', status, 'ended', now, 'attempts', record.attempts)
  redis.call('PEXPIRE', record.key, ttl)
  redis.call('DEL', record.secret)
end

-- Refund the sends and the wrong guesses of an approved verification to its addresses.
local function refund_verification(record, send_limits, check_limits)
  -- Few verifications have more than one send, so the first two were read with the record.
  local at, address_keys, send = record['send:1'], record['from:1'], 1
  while at do
    refund_address(send_limits, address_keys or '', at)
    send = send + 1
    if send == 2 then
      at, address_keys = record['send:2'], record['from:2']
    else
      at, address_keys = unpack(redis.call('HMGET', record.key, 'send:' .. send, 'from:' .. send))
    end
  end
  for at, address_keys in string.gmatch(record.wrong or '', '(%d+) ([^;]*);') do
    refund_address(check_limits, address_keys, at)
  end
end
