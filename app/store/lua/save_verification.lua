-- save_verification: spend the limits, store a new verification and queue its first SMS.
--
-- A script, because two concurrent requests could both take the last free send; and because a record
-- without its job, or a job without its record, must not exist. All limits are spent, or none.
--
-- KEYS[1]  verification   hash, new
-- KEYS[2]  secret         string, new
-- KEYS[3]  number         hash: failures and generations
-- KEYS[4]  pending        zset of the number's pending verifications
-- KEYS[5]  sends_queue    stream
-- KEYS[6]  later          zset of delayed jobs
-- KEYS[7]  blocked        set of number names
-- KEYS[8]  alarm          string; exists while the failure watch is raised
-- KEYS[9]  repeat         list: the answer stored for this Idempotency-Key
-- KEYS[10] shown          string; exists if this human check was used before
-- KEYS[11] address_sends  prefix; an address key is appended
-- KEYS[12] address_checks prefix; an address key is appended
-- KEYS[i]  window         window of a limit, from index 13; the number's is the first
-- ARGV[1]  now            milliseconds since 1970; 0 for the server's clock
-- ARGV[2]  id             id of the verification
-- ARGV[3]  name           name of the number
-- ARGV[4]  app            app of the API key
-- ARGV[5]  purpose        purpose of the verification
-- ARGV[6]  reference      the caller's reference; "" for none
-- ARGV[7]  sealed         the number, encrypted
-- ARGV[8]  secret         key id, salt and digest
-- ARGV[9]  lifetime       lifetime of the code, milliseconds
-- ARGV[10] keep           retention after the end, milliseconds
-- ARGV[11] attempts       allowed guesses
-- ARGV[12] sends          allowed sends, the first included
-- ARGV[13] cooldown       wait before the first resend, milliseconds
-- ARGV[14] test           "1" for a number that gets no SMS
-- ARGV[15] device         "1" for a known device: its waits are skipped
-- ARGV[16] subject        name of the subject, for resends; "" for none
-- ARGV[17] country        country of the number, for resends; "" for none
-- ARGV[18] locale         language of the SMS; "" for the language of the number's country
-- ARGV[19] address_keys   keyed names of the address, separated by spaces; "" for none
-- ARGV[20] rules          limit on the sends of an address
-- ARGV[21] watch          "1" if the failure watch is on
-- ARGV[22] body           fingerprint of the body, for the Idempotency-Key; "" for none
-- ARGV[23] remember       lifetime of the stored answer, milliseconds
-- ARGV[24] human          "ask" if suspicion requires a human check; "repeat" if only a repeated call passes without
--                         one; else how many milliseconds the passed check is remembered; "" for none
-- ARGV[j]  limit, rules   limit name and rules of each window, from index 25
--
-- Returns  {"kept", id, now, expires_at, resend_at or 0, attempts, sends_left, limit, width, left} with the closest
--          limit last | {"again", the same up to sends_left} | {"reused"} | {"limited", now, retry_at, limit, width}
--          | {"waiting", now, retry_at} | {"blocked"} | {"busy"} | {"ask a human"} | {"shown before"}
-- include now
-- include sliding_window
-- include limit_check
-- include resend_cooldown
-- include failure_lockout
-- include failure_watch
-- include idempotency
-- include queue_capacity
-- include pending_index
local now = read_now(ARGV[1])
local stored_answer = read_answer(KEYS[9], ARGV[22])
if stored_answer then
  return stored_answer
end
local purpose, sends, is_test, address_keys = ARGV[5], tonumber(ARGV[12]), ARGV[14] == '1', ARGV[19]
local expires, ttl = now + tonumber(ARGV[9]), tonumber(ARGV[9]) + tonumber(ARGV[10])

if ARGV[24] == 'repeat' then
  return { 'ask a human' }
end
if redis.call('SISMEMBER', KEYS[7], ARGV[3]) == 1 then
  return { 'blocked' }
end
local human = tonumber(ARGV[24])
if human and redis.call('EXISTS', KEYS[10]) == 1 then
  return { 'shown before' }
end
local windows = {}
for i = 13, #KEYS do
  local j = 25 + (i - 13) * 2
  windows[#windows + 1] = open_window(KEYS[i], ARGV[j + 1], now, ARGV[j])
end
if not is_test then
  add_address_windows(windows, address_keys, KEYS[11], ARGV[20], 'sends_per_address', now)
end
local raised, guesses = read_watch(ARGV[21] == '1', KEYS[8], address_keys, KEYS[12], now)
local full = latest_full_window(now, windows, guesses)
local failures = read_failures(KEYS[3], now, purpose)
local wait_until = lockout_until(failures, ARGV[15] == '1')
if wait_until > now then
  return { 'waiting', now, math.max(wait_until, full.at) }
end
if full.limit then
  return { 'limited', now, full.at, full.limit, full.width }
end
if ARGV[24] == 'ask' and (raised or is_nearly_spent(windows)) then
  return { 'ask a human' }
end
if not is_test and not has_capacity(KEYS[5], KEYS[6]) then
  return { 'busy' }
end
local attempts = tonumber(ARGV[11])
if raised then
  attempts = math.min(attempts, 3)
end
local record = { 'status', 'pending', 'app', ARGV[4], 'purpose', purpose, 'number', ARGV[7], 'name', ARGV[3],
  'generation', failures.generation, 'created', now, 'expires', expires, 'attempts', attempts,
  'sends', sends - 1, 'send:1', now }
local optional = { 'reference', ARGV[6], 'subject', ARGV[16], 'country', ARGV[17], 'locale', ARGV[18],
  'device', ARGV[15], 'test', ARGV[14], 'from:1', is_test and '' or address_keys }
for i = 1, #optional, 2 do
  if optional[i + 1] ~= '' then
    record[#record + 1], record[#record + 2] = optional[i], optional[i + 1]
  end
end

redis.call('HSET', KEYS[1], unpack(record))
redis.call('PEXPIRE', KEYS[1], ttl)
redis.call('SET', KEYS[2], ARGV[8], 'PX', ARGV[9])
index_pending(KEYS[4], purpose .. '/' .. ARGV[2], expires, now - tonumber(ARGV[10]), ttl)
extend_ttl(KEYS[3], ttl)
for _, window in ipairs(windows) do
  spend(window)
end
if human then
  redis.call('SET', KEYS[10], '1', 'PX', human)
end
if not is_test then
  redis.call('XADD', KEYS[5], '*', 'verification', ARGV[2], 'send', 1)
end
local next_at = resend_at(windows[1], now, 1, sends - 1, tonumber(ARGV[13]), expires)
local answer = { ARGV[2], now, expires, next_at, attempts, sends - 1 }
store_answer(KEYS[9], ARGV[22], ARGV[23], answer)
local limit, width, left = closest_limit(windows)
return { 'kept', ARGV[2], now, expires, next_at, attempts, sends - 1, limit, width, left }
