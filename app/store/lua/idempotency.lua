-- idempotency: what a call with the same Idempotency-Key was answered before.
--
-- A list: the body's fingerprint, then the answer, as it is given again word for word.
local function previous_answer(key, body)
  if body == '' then
    return nil
  end
  local kept = redis.call('LRANGE', key, 0, -1)
  if #kept == 0 then
    return nil
  end
  if kept[1] ~= body then
    return { 'reused' }
  end
  kept[1] = 'again'
  return kept
end

local function remember_answer(key, body, milliseconds, answer)
  if body ~= '' then
    redis.call('RPUSH', key, body, unpack(answer))
    redis.call('PEXPIRE', key, milliseconds)
  end
end
