-- resend_code: spend the limits once more and queue one more SMS of a pending verification.
--
-- A script, because of two resends at once only one may pass the cooldown. It extends and resets
-- nothing: not the expiry, not the attempts. The record says which windows its sends count in.
--
-- KEYS[1]  verification   hash
-- KEYS[2]  secret         string
-- KEYS[3]  number         prefix; the record's name completes it
-- KEYS[4]  sends          prefix; likewise
-- KEYS[5]  device_sends   prefix; likewise
-- KEYS[6]  subject_sends  prefix; the record's subject completes it
-- KEYS[7]  country_sends  prefix; the record's country completes it
-- KEYS[8]  app_sends      window of the app
-- KEYS[9]  address_sends  prefix; a place completes it
-- KEYS[10] address_checks prefix; likewise
-- KEYS[11] sends_queue    stream
-- KEYS[12] later          zset of jobs put back
-- KEYS[13] blocked        set of names
-- KEYS[14] alarm          string: the failure watch is raised
-- KEYS[15] repeat         list: what this Idempotency-Key was answered
-- KEYS[16] shown          string: a human check that was used
-- ARGV[1]  now            milliseconds since 1970; 0 for the server's clock
-- ARGV[2]  id             the verification's
-- ARGV[3]  app            whose key asked
-- ARGV[4]  purposes       that the key may use: ",login,signup,"; "" for all
-- ARGV[5]  cooldown       before the first resend, milliseconds
-- ARGV[6]  secret         of a new code; "" to repeat the old one
-- ARGV[7]  places         that are counted of the address, named, by spaces; "" for none
-- ARGV[8]  watch          "1" where the failure watch is on
-- ARGV[9]  body           fingerprint, for the Idempotency-Key; "" for none
-- ARGV[10] remember       milliseconds
-- ARGV[11] human          as in keep_verification
-- ARGV[12] number rules   of its sends
-- ARGV[13] subject rules  likewise
-- ARGV[14] country rules  likewise
-- ARGV[15] app rules      likewise
-- ARGV[16] address rules  likewise
--
-- Returns  {"kept", id, now, expires_at, resend_at or 0, attempts_left, sends_left, purpose, reference, sealed, name,
--           word, width, left} with the tightest window last | {"again", the same up to name} | {"reused"}
--          | {"limited", now, retry_at, word, width} | {"spent", now, retry_at} | {"gone"} | {"blocked"}
--          | {"busy"} | {"ask a human"} | {"shown before"}
-- include now
-- include sliding_window
-- include limit_check
-- include resend_cooldown
-- include verification_state
-- include failure_lockout
-- include failure_watch
-- include idempotency
-- include queue_capacity
local now = read_now(ARGV[1])
local before = previous_answer(KEYS[15], ARGV[9])
if before and before[1] == 'reused' then
  return before
end
if not before and ARGV[11] == 'repeat' then
  return { 'ask a human' }
end
local record = fields(KEYS[1], 'app', 'purpose', 'status', 'ended', 'expires', 'generation', 'name', 'sends',
  'attempts', 'number', 'reference', 'test', 'device', 'subject', 'country')
if not record or record.app ~= ARGV[3] then
  return { 'gone' }
end
if ARGV[4] ~= '' and not string.find(ARGV[4], ',' .. record.purpose .. ',', 1, true) then
  return { 'gone' }
end
if before then
  -- What tells of the number stands in the record alone, so that forgetting that is forgetting all.
  for _, said in ipairs({ record.purpose, record.reference or '', record.number, record.name }) do
    before[#before + 1] = said
  end
  return before
end
local number, sends, places = KEYS[3] .. record.name, record.device and KEYS[5] or KEYS[4], ARGV[7]
local windows = { open_window(sends .. record.name, record.test and '' or ARGV[12], now, 'sends_per_number') }
if not record.test then
  if record.subject then
    windows[#windows + 1] = open_window(KEYS[6] .. record.subject, ARGV[13], now, 'sends_per_subject')
  end
  if record.country then
    windows[#windows + 1] = open_window(KEYS[7] .. record.country, ARGV[14], now, 'sends_per_country')
  end
  windows[#windows + 1] = open_window(KEYS[8], ARGV[15], now, 'sends_per_app')
  add_address_windows(windows, places, KEYS[9], ARGV[16], 'sends_per_address', now)
end
local raised, guesses = read_watch(ARGV[8] == '1', KEYS[14], places, KEYS[10], now)
local full = last_to_open(now, windows, guesses)
local failures, expires = read_failures(number, now, record.purpose), tonumber(record.expires)
local state = state_of(record, number, now, failures.generation)
if (state == 'pending' and failures.locked_until > now) or (state == 'locked' and now < expires) then
  return { 'spent', now, math.max(lockout_until(failures, record.device), full.at) }
end
if state ~= 'pending' then
  return { 'gone' }
end
if redis.call('SISMEMBER', KEYS[13], record.name) == 1 then
  return { 'blocked' }
end
local human = tonumber(ARGV[11])
if human and redis.call('EXISTS', KEYS[16]) == 1 then
  return { 'shown before' }
end
local left = tonumber(record.sends)
if left < 1 then
  -- No resend will come; what is told is when another verification may be asked for.
  return { 'limited', now, math.max(lockout_until(failures, record.device), full.at), 'sends_per_verification', 0 }
end
local sent = 1
while redis.call('HEXISTS', KEYS[1], 'send:' .. (sent + 1)) == 1 do
  sent = sent + 1
end
local cool_at = redis.call('HGET', KEYS[1], 'send:' .. sent) + ARGV[5] * 2 ^ (sent - 1)
if cool_at > now then
  return { 'limited', now, math.max(cool_at, full.at), 'resend_cooldown', 0 }
end
if full.word then
  return { 'limited', now, full.at, full.word, full.width }
end
if ARGV[11] == 'ask' and (raised or is_nearly_spent(windows)) then
  return { 'ask a human' }
end
if not record.test and not has_capacity(KEYS[11], KEYS[12]) then
  return { 'busy' }
end

redis.call('HSET', KEYS[1], 'sends', left - 1, 'send:' .. (sent + 1), now)
if places ~= '' and not record.test then
  redis.call('HSET', KEYS[1], 'from:' .. (sent + 1), places)
end
if ARGV[6] ~= '' and not record.test then
  redis.call('SET', KEYS[2], ARGV[6], 'XX', 'KEEPTTL')
end
for _, window in ipairs(windows) do
  spend(window)
end
if human then
  redis.call('SET', KEYS[16], '1', 'PX', human)
end
if not record.test then
  redis.call('XADD', KEYS[11], '*', 'verification', ARGV[2], 'send', sent + 1)
end
local next_at = resend_at(windows[1], now, sent + 1, left - 1, tonumber(ARGV[5]), expires)
local attempts = tonumber(record.attempts)
remember_answer(KEYS[15], ARGV[9], ARGV[10], { ARGV[2], now, expires, next_at, attempts, left - 1 })
local word, width, free = closest_limit(windows)
return { 'kept', ARGV[2], now, expires, next_at, attempts, left - 1, record.purpose, record.reference or '',
  record.number, record.name, word, width, free }
