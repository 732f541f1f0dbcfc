-- resend_code: spend the limits and queue one more SMS of a pending verification.
--
-- A script, because only one of two concurrent resends may pass the cooldown. It extends neither the
-- expiry nor the attempts. The record names the subject and country whose windows its sends count in.
--
-- KEYS[1]  verification   hash
-- KEYS[2]  secret         string
-- KEYS[3]  number         prefix; the record's name is appended
-- KEYS[4]  sends          prefix; the record's name is appended
-- KEYS[5]  device_sends   prefix; the record's name is appended
-- KEYS[6]  subject_sends  prefix; the record's subject is appended
-- KEYS[7]  country_sends  prefix; the record's country is appended
-- KEYS[8]  app_sends      window of the app
-- KEYS[9]  address_sends  prefix; an address key is appended
-- KEYS[10] address_checks prefix; an address key is appended
-- KEYS[11] sends_queue    stream
-- KEYS[12] later          zset of delayed jobs
-- KEYS[13] blocked        set of number names
-- KEYS[14] alarm          string; exists while the failure watch is raised
-- KEYS[15] repeat         list: the answer stored for this Idempotency-Key
-- KEYS[16] shown          string; exists if this human check was used before
-- ARGV[1]  now            milliseconds since 1970; 0 for the server's clock
-- ARGV[2]  id             id of the verification
-- ARGV[3]  app            app of the API key
-- ARGV[4]  purposes       purposes that the API key may use: ",login,signup,"; "" for all
-- ARGV[5]  cooldown       wait before the first resend, milliseconds
-- ARGV[6]  secret         secret of a new code; "" to repeat the old code
-- ARGV[7]  address_keys   keyed names of the address, separated by spaces; "" for none
-- ARGV[8]  watch          "1" if the failure watch is on
-- ARGV[9]  body           fingerprint of the body, for the Idempotency-Key; "" for none
-- ARGV[10] remember       lifetime of the stored answer, milliseconds
-- ARGV[11] human          as in save_verification
-- ARGV[12] number rules   limit on the sends of a number
-- ARGV[13] subject rules  limit on the sends of a subject
-- ARGV[14] country rules  limit on the sends to a country
-- ARGV[15] app rules      limit on the sends of an app
-- ARGV[16] address rules  limit on the sends of an address
--
-- Returns  {"kept", id, now, expires_at, resend_at or 0, attempts_left, sends_left, purpose, reference, sealed, name,
--           limit, width, left} with the closest limit last | {"again", the same up to name} | {"reused"}
--          | {"limited", now, retry_at, limit, width} | {"spent", now, retry_at} | {"gone"} | {"blocked"}
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
local stored_answer = read_answer(KEYS[15], ARGV[9])
if stored_answer and stored_answer[1] == 'reused' then
  return stored_answer
end
if not stored_answer and ARGV[11] == 'repeat' then
  return { 'ask a human' }
end
local record = read_fields(KEYS[1], 'app', 'purpose', 'status', 'ended', 'expires', 'generation', 'name', 'sends',
  'attempts', 'number', 'reference', 'test', 'device', 'subject', 'country')
if not record or record.app ~= ARGV[3] then
  return { 'gone' }
end
if ARGV[4] ~= '' and not string.find(ARGV[4], ',' .. record.purpose .. ',', 1, true) then
  return { 'gone' }
end
if stored_answer then
  -- Only the record holds the number, so that deleting the record deletes it from every answer.
  for _, value in ipairs({ record.purpose, record.reference or '', record.number, record.name }) do
    stored_answer[#stored_answer + 1] = value
  end
  return stored_answer
end
local number, sends, address_keys = KEYS[3] .. record.name, record.device and KEYS[5] or KEYS[4], ARGV[7]
local windows = { open_window(sends .. record.name, record.test and '' or ARGV[12], now, 'sends_per_number') }
if not record.test then
  if record.subject then
    windows[#windows + 1] = open_window(KEYS[6] .. record.subject, ARGV[13], now, 'sends_per_subject')
  end
  if record.country then
    windows[#windows + 1] = open_window(KEYS[7] .. record.country, ARGV[14], now, 'sends_per_country')
  end
  windows[#windows + 1] = open_window(KEYS[8], ARGV[15], now, 'sends_per_app')
  add_address_windows(windows, address_keys, KEYS[9], ARGV[16], 'sends_per_address', now)
end
local raised, guesses = read_watch(ARGV[8] == '1', KEYS[14], address_keys, KEYS[10], now)
local full = latest_full_window(now, windows, guesses)
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
  -- No resend is left; `retry_at` is when another verification may be requested.
  return { 'limited', now, math.max(lockout_until(failures, record.device), full.at), 'sends_per_verification', 0 }
end
local sent = 1
while redis.call('HEXISTS', KEYS[1], 'send:' .. (sent + 1)) == 1 do
  sent = sent + 1
end
local cooldown_ends = redis.call('HGET', KEYS[1], 'send:' .. sent) + ARGV[5] * 2 ^ (sent - 1)
if cooldown_ends > now then
  return { 'limited', now, math.max(cooldown_ends, full.at), 'resend_cooldown', 0 }
end
if full.limit then
  return { 'limited', now, full.at, full.limit, full.width }
end
if ARGV[11] == 'ask' and (raised or is_nearly_spent(windows)) then
  return { 'ask a human' }
end
if not record.test and not has_capacity(KEYS[11], KEYS[12]) then
  return { 'busy' }
end

redis.call('HSET', KEYS[1], 'sends', left - 1, 'send:' .. (sent + 1), now)
if address_keys ~= '' and not record.test then
  redis.call('HSET', KEYS[1], 'from:' .. (sent + 1), address_keys)
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
store_answer(KEYS[15], ARGV[9], ARGV[10], { ARGV[2], now, expires, next_at, attempts, left - 1 })
local limit, width, limit_left = closest_limit(windows)
return { 'kept', ARGV[2], now, expires, next_at, attempts, left - 1, record.purpose, record.reference or '',
  record.number, record.name, limit, width, limit_left }
