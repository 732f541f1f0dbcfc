-- failure_lockout: count the wrong guesses of a number in one app, across verifications and purposes.
--
-- It stops an attacker who guesses one code after another (NIST SP 800-63B-4 §3.2.2: at most 100 in a
-- row). From the 10th failure on, new verifications wait 30 s, doubling to 1 h. From the 70th on they wait for a day,
-- after which the count is 10: with the guesses that pending verifications still have, it stays below 100. A pending
-- verification is never refused a guess. Known devices have a count of the same figures, so that nobody else makes them
-- wait. Only an approval clears both; failures are forgotten 30 days after the last.
--
-- What else scripts need of a number is read in the same call: its generation of a purpose (`state_of`), and what its
-- known devices have spent (`caller_kind`).
local FORGET_FAILURES_MS = 30 * 86400000
local FAILURE_FIELDS = { 'failures', 'wait_until', 'locked_until', 'failed_at',
  'device_failures', 'device_wait_until', 'device_locked_until', 'device_failed_at' }

local function read_count(prefix, count, wait_until, locked_until, failed_at, now)
  local of = { prefix = prefix, count = tonumber(count or 0), wait_until = tonumber(wait_until or 0),
    locked_until = tonumber(locked_until or 0) }
  if of.locked_until > 0 and now >= of.locked_until then
    of.count, of.wait_until, of.locked_until, of.was_locked = 10, 0, 0, true
  end
  if failed_at and now - failed_at >= FORGET_FAILURES_MS then
    of.count, of.wait_until = 0, 0
  end
  return of
end

local function read_failures(number, now, purpose)
  local a, b, c, d, e, f, g, h, sends, revoked, generation = unpack(redis.call('HMGET', number, 'failures',
    'wait_until', 'locked_until', 'failed_at', 'device_failures', 'device_wait_until', 'device_locked_until',
    'device_failed_at', 'device_sends', 'devices_revoked', 'generation:' .. purpose))
  return { purpose = purpose, generation = generation or '0', others = read_count('', a, b, c, d, now),
    devices = read_count('device_', e, f, g, h, now), device_sends = tonumber(sends or 0),
    devices_revoked = tonumber(revoked or 0) }
end

-- Return the time until which new verifications wait, for known devices or for all others.
local function lockout_until(failures, is_device)
  local of = is_device and failures.devices or failures.others
  return math.max(of.wait_until, of.locked_until)
end

-- Extend the TTL of an existing key to at least `milliseconds`; never shorten it.
local function extend_ttl(key, milliseconds)
  local ttl = redis.call('PTTL', key)
  if ttl > -2 and ttl < milliseconds then
    redis.call('PEXPIRE', key, milliseconds)
  end
end

-- Count wrong guesses: one for each code that a guess was compared with.
local function count_failures(number, failures, is_device, guesses, now)
  local of = is_device and failures.devices or failures.others
  local count = of.count + guesses
  local changes = { of.prefix .. 'failures', count, of.prefix .. 'failed_at', now }
  if count >= 10 then
    changes[5], changes[6] = of.prefix .. 'wait_until', now + math.min(30000 * 2 ^ (count - 10), 3600000)
  end
  if count >= 70 then
    changes[7], changes[8] = of.prefix .. 'locked_until', now + 86400000
  elseif of.was_locked then
    redis.call('HDEL', number, of.prefix .. 'locked_until')
  end
  redis.call('HSET', number, unpack(changes))
  extend_ttl(number, FORGET_FAILURES_MS)
end
