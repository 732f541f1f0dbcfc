-- endings: end a verification, and settle what it cost.
local function finish(record, status, lives, now)
  redis.call('HSET', record.key, 'status', status, 'ended', now, 'attempts', record.attempts)
  redis.call('PEXPIRE', record.key, lives)
  redis.call('DEL', record.secret)
end

-- Give the addresses back what an approved verification cost them: its sends, and its wrong guesses.
local function give_all_back(record, sends, send_rules, checks, check_rules)
  -- Few have more than one send, so the second is asked for together with the first.
  local kept, send = redis.call('HMGET', record.key, 'send:1', 'from:1', 'send:2', 'from:2'), 1
  while kept[1] do
    give_back_places(kept[2] or '', sends, send_rules, kept[1])
    send = send + 1
    kept = send == 2 and { kept[3], kept[4] } or redis.call('HMGET', record.key, 'send:' .. send, 'from:' .. send)
  end
  for at, names in string.gmatch(record.wrong or '', '(%d+) ([^;]*);') do
    give_back_places(names, checks, check_rules, at)
  end
end
