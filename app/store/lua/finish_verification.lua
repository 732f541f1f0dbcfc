-- finish_verification: end a verification, and settle what it cost.
local function finish(record, status, lives, now)
  redis.call('HSET', record.key, 'status', status, 'ended', now, 'attempts', record.attempts)
  redis.call('PEXPIRE', record.key, lives)
  redis.call('DEL', record.secret)
end

-- Give the addresses back what an approved verification cost them: its sends, and its wrong guesses.
local function give_back_all(record, sends, send_rules, checks, check_rules)
  -- Few have more than one send, so the first two were read with the record.
  local at, names, send = record['send:1'], record['from:1'], 1
  while at do
    give_back_address(names or '', sends, send_rules, at)
    send = send + 1
    if send == 2 then
      at, names = record['send:2'], record['from:2']
    else
      at, names = unpack(redis.call('HMGET', record.key, 'send:' .. send, 'from:' .. send))
    end
  end
  for at, names in string.gmatch(record.wrong or '', '(%d+) ([^;]*);') do
    give_back_address(names, checks, check_rules, at)
  end
end
