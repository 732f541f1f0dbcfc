-- idempotency: store the answer to an Idempotency-Key and return it to a repeated call.
--
-- A list: the body's fingerprint, then the answer, which is replayed unchanged.
local function read_answer(key, body)
  if not body then
    return nil
  end
  local stored = redis.call('LRANGE', key, 0, -1)
  if #stored == 0 then
    return nil
  end
  if stored[1] ~= body then
    return { 'reused' }
  end
  stored[1] = 'again'
  return stored
end

local function store_answer(key, body, milliseconds, answer)
  if body then
    redis.call('RPUSH', key, body, unpack(answer))
    redis.call('PEXPIRE', key, milliseconds)
  end
end
