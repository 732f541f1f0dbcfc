-- resend_code: spend the limits once more and queue one more SMS of a pending verification.
--
-- A script, because of two resends at once only one may pass the cooldown. It extends and resets
-- nothing: not the expiry, not the attempts.
--
-- KEYS[1]  verification   hash
-- KEYS[2]  secret         string
-- KEYS[3]  number         prefix; the record's name completes it
-- KEYS[4]  sends          prefix; likewise
-- KEYS[5]  sends_queue    stream
-- KEYS[6]  later          zset of jobs put back
-- KEYS[7]  blocked        set of names
-- ARGV[1]  now            milliseconds since 1970; 0 for the server's clock
-- ARGV[2]  id             the verification's
-- ARGV[3]  app            whose key asked
-- ARGV[4]  purposes       that the key may use: ",login,signup,"; "" for all
-- ARGV[5]  rules          of the number's limit
-- ARGV[6]  cooldown       before the first resend, milliseconds
-- ARGV[7]  secret         of a new code; "" to repeat the old one
--
-- Returns  {"kept", now, expires_at, resend_at or 0, attempts_left, sends_left, purpose, reference, sealed,
--           name}
--          | {"limited", now, word, retry_at} | {"spent", now, retry_at} | {"gone"} | {"blocked"}
--          | {"busy"}
-- include clock
-- include windows
-- include standing
-- include failures
-- include room
local now = clock(ARGV[1])
local record = fields(KEYS[1], 'app', 'purpose', 'status', 'ended', 'expires', 'generation', 'name', 'sends',
  'attempts', 'number', 'reference', 'test')
if not record or record.app ~= ARGV[3] then
  return { 'gone' }
end
if ARGV[4] ~= '' and not string.find(ARGV[4], ',' .. record.purpose .. ',', 1, true) then
  return { 'gone' }
end
local number, sends = KEYS[3] .. record.name, KEYS[4] .. record.name
local rules = record.test and '' or ARGV[5]
local state, expires = standing(record, number, now), tonumber(record.expires)
local failures = failures_of(number, now)
local times = redis.call('LRANGE', sends, 0, -1)
local free_at = room_at(times, rules, now)
if (state == 'pending' and failures.locked_until > now) or (state == 'locked' and now < expires) then
  return { 'spent', now, math.max(failures.wait_until, failures.locked_until, free_at) }
end
if state ~= 'pending' then
  return { 'gone' }
end
if redis.call('SISMEMBER', KEYS[7], record.name) == 1 then
  return { 'blocked' }
end
local left = tonumber(record.sends)
if left < 1 then
  return { 'limited', now, 'sends_per_verification', math.max(failures.wait_until, free_at) }
end
local sent = 1
while redis.call('HEXISTS', KEYS[1], 'send:' .. (sent + 1)) == 1 do
  sent = sent + 1
end
local last = tonumber(redis.call('HGET', KEYS[1], 'send:' .. sent))
local cool_at = last + tonumber(ARGV[6]) * 2 ^ (sent - 1)
if cool_at > now then
  return { 'limited', now, 'resend_cooldown', math.max(cool_at, free_at) }
end
if free_at > now then
  return { 'limited', now, 'sends_per_number', free_at }
end
if not record.test and not has_room(KEYS[5], KEYS[6]) then
  return { 'busy' }
end

redis.call('HSET', KEYS[1], 'sends', left - 1, 'send:' .. (sent + 1), now)
if ARGV[7] ~= '' and not record.test then
  redis.call('SET', KEYS[2], ARGV[7], 'XX', 'KEEPTTL')
end
spend(sends, times, rules, now)
if not record.test then
  redis.call('XADD', KEYS[5], '*', 'verification', ARGV[2], 'send', sent + 1)
end
times[#times + 1] = now
return { 'kept', now, expires, resend_at(times, rules, now, sent + 1, left - 1, tonumber(ARGV[6]), expires),
  tonumber(record.attempts), left - 1, record.purpose, record.reference or '', record.number, record.name }
