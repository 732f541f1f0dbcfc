-- keep_verification: spend the limits, keep a new verification, queue its first SMS.
--
-- A script, because of two requests at once both could find the last free send; and because a
-- record without its job, or a job without its record, must not exist. All limits are spent, or none.
--
-- KEYS[1]  verification   hash, new
-- KEYS[2]  secret         string, new
-- KEYS[3]  number         hash: failures, generations
-- KEYS[4]  pending        zset of the number's verifications
-- KEYS[5]  sends_queue    stream
-- KEYS[6]  later          zset of jobs put back
-- KEYS[7]  blocked        set of names
-- KEYS[8]  alarm          string: the failure watch is raised
-- KEYS[9]  repeat         list: what this Idempotency-Key was answered
-- KEYS[10] shown          string: a human check that was used
-- KEYS[11] address_sends  prefix; a place completes it
-- KEYS[12] address_checks prefix; likewise
-- KEYS[i]  window         of a limit, from 13 on; the number's comes first
-- ARGV[1]  now            milliseconds since 1970; 0 for the server's clock
-- ARGV[2]  id             the verification's
-- ARGV[3]  name           the number's
-- ARGV[4]  app
-- ARGV[5]  purpose
-- ARGV[6]  reference      "" for none
-- ARGV[7]  sealed         the number, encrypted
-- ARGV[8]  secret         key id, salt and digest
-- ARGV[9]  lifetime       of the code, milliseconds
-- ARGV[10] keep           after the end, milliseconds
-- ARGV[11] attempts       guesses
-- ARGV[12] sends          sends in all
-- ARGV[13] cooldown       before the first resend, milliseconds
-- ARGV[14] test           "1" for a number that gets no SMS
-- ARGV[15] device         "1" for one that showed a device token: its waits are passed
-- ARGV[16] subject        its name, for resends; "" for none
-- ARGV[17] country        likewise
-- ARGV[18] locale         the language of its SMS; "" for the number's country's
-- ARGV[19] places         that are counted of the address, named, by spaces; "" for none
-- ARGV[20] rules          of an address' sends
-- ARGV[21] watch          "1" where the failure watch is on
-- ARGV[22] body           fingerprint, for the Idempotency-Key; "" for none
-- ARGV[23] remember       milliseconds
-- ARGV[24] human          "ask" where suspicion asks for a human check, "repeat" where only a repeat may pass
--                         without; else how many milliseconds the one that was shown is remembered; "" for none
-- ARGV[j]  word, rules    of each window, from 25 on
--
-- Returns  {"kept", id, now, expires_at, resend_at or 0, attempts, sends_left, word, width, left} with the tightest
--          window last | {"again", the same up to sends_left} | {"reused"} | {"limited", now, retry_at, word, width}
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
local before = previous_answer(KEYS[9], ARGV[22])
if before then
  return before
end
local purpose, sends, is_test, places = ARGV[5], tonumber(ARGV[12]), ARGV[14] == '1', ARGV[19]
local expires, lives = now + tonumber(ARGV[9]), tonumber(ARGV[9]) + tonumber(ARGV[10])

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
  add_address_windows(windows, places, KEYS[11], ARGV[20], 'sends_per_address', now)
end
local raised, guesses = read_watch(ARGV[21] == '1', KEYS[8], places, KEYS[12], now)
local full = last_to_open(now, windows, guesses)
local failures = read_failures(KEYS[3], now, purpose)
local wait_until = lockout_until(failures, ARGV[15] == '1')
if wait_until > now then
  return { 'waiting', now, math.max(wait_until, full.at) }
end
if full.word then
  return { 'limited', now, full.at, full.word, full.width }
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
local also = { 'reference', ARGV[6], 'subject', ARGV[16], 'country', ARGV[17], 'locale', ARGV[18],
  'device', ARGV[15], 'test', ARGV[14], 'from:1', is_test and '' or places }
for i = 1, #also, 2 do
  if also[i + 1] ~= '' then
    record[#record + 1], record[#record + 2] = also[i], also[i + 1]
  end
end

redis.call('HSET', KEYS[1], unpack(record))
redis.call('PEXPIRE', KEYS[1], lives)
redis.call('SET', KEYS[2], ARGV[8], 'PX', ARGV[9])
remember_pending(KEYS[4], purpose .. '/' .. ARGV[2], expires, now - tonumber(ARGV[10]), lives)
extend_ttl(KEYS[3], lives)
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
remember_answer(KEYS[9], ARGV[22], ARGV[23], answer)
local word, width, left = closest_limit(windows)
return { 'kept', ARGV[2], now, expires, next_at, attempts, sends - 1, word, width, left }
