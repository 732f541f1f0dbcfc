-- failure_lockout: count the wrong guesses of a number in one app, across verifications and purposes.
--
-- It stops an attacker who guesses one code after another (NIST SP 800-63B-4 §3.2.2: at most 100 in a
-- row). From the 10th failure on, new verifications wait 30 s, doubling to 1 h. At the 100th, everything
-- is refused for a day, after which the count is 10. The number's generation of a purpose, which
-- `state_of` needs, is read in the same call.
local function read_failures(number, now, purpose)
  local stored = redis.call('HMGET', number, 'failures', 'wait_until', 'locked_until', 'generation:' .. purpose)
  local state = { count = tonumber(stored[1] or 0), wait_until = tonumber(stored[2] or 0),
    locked_until = tonumber(stored[3] or 0), purpose = purpose, generation = stored[4] or '0' }
  if state.locked_until > 0 and now >= state.locked_until then
    state.count, state.wait_until, state.locked_until, state.was_locked = 10, 0, 0, true
  end
  return state
end

-- Return the time until which new verifications wait; a device that proved the number before skips all but the lock.
local function lockout_until(failures, is_device)
  return math.max(is_device and 0 or failures.wait_until, failures.locked_until)
end

-- Extend the TTL of an existing key to at least `milliseconds`; never shorten it.
local function extend_ttl(key, milliseconds)
  local ttl = redis.call('PTTL', key)
  if ttl > -2 and ttl < milliseconds then
    redis.call('PEXPIRE', key, milliseconds)
  end
end

local function count_failure(number, state, now)
  local count = state.count + 1
  redis.call('HSET', number, 'failures', count)
  if count >= 10 then
    redis.call('HSET', number, 'wait_until', now + math.min(30000 * 2 ^ (count - 10), 3600000))
  end
  if count >= 100 then
    redis.call('HSET', number, 'locked_until', now + 86400000)
  elseif state.was_locked then
    redis.call('HDEL', number, 'locked_until')
  end
  extend_ttl(number, 30 * 86400000)
end
