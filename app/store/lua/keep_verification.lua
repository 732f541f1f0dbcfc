-- keep_verification: spend the limits, keep a new verification, queue its first SMS.
--
-- A script, because of two requests at once both could find the last free send; and because a
-- record without its job, or a job without its record, must not exist.
--
-- KEYS[1]  verification   hash, new
-- KEYS[2]  secret         string, new
-- KEYS[3]  number         hash: failures, generations
-- KEYS[4]  pending        zset of the number's verifications
-- KEYS[5]  sends          list of times
-- KEYS[6]  sends_queue    stream
-- KEYS[7]  later          zset of jobs put back
-- KEYS[8]  blocked        set of names
-- ARGV[1]  now            milliseconds since 1970; 0 for the server's clock
-- ARGV[2]  id             the verification's
-- ARGV[3]  name           the number's
-- ARGV[4]  purpose
-- ARGV[5]  rules          of the number's limit; "" for none
-- ARGV[6]  lifetime       of the code, milliseconds
-- ARGV[7]  keep           after the end, milliseconds
-- ARGV[8]  attempts       guesses
-- ARGV[9]  sends          sends in all
-- ARGV[10] cooldown       before the first resend, milliseconds
-- ARGV[11] secret         key id, salt and digest
-- ARGV[12] app
-- ARGV[13] sealed         the number, encrypted
-- ARGV[14] reference      "" for none
-- ARGV[15] test           "1" for a number that gets no SMS
--
-- Returns  {"kept", now, expires_at, resend_at or 0} | {"limited", now, retry_at}
--          | {"waiting", now, retry_at} | {"blocked"} | {"busy"}
-- include clock
-- include windows
-- include failures
-- include room
local now = clock(ARGV[1])
local purpose, rules, cooldown, sends = ARGV[4], ARGV[5], tonumber(ARGV[10]), tonumber(ARGV[9])
local expires = now + tonumber(ARGV[6])
local lives = tonumber(ARGV[6]) + tonumber(ARGV[7])

if redis.call('SISMEMBER', KEYS[8], ARGV[3]) == 1 then
  return { 'blocked' }
end
local failures = failures_of(KEYS[3], now)
local wait_until = math.max(failures.wait_until, failures.locked_until)
if wait_until > now then
  return { 'waiting', now, wait_until }
end
local times = redis.call('LRANGE', KEYS[5], 0, -1)
local free_at = room_at(times, rules, now)
if free_at > now then
  return { 'limited', now, free_at }
end
if ARGV[15] ~= '1' and not has_room(KEYS[6], KEYS[7]) then
  return { 'busy' }
end
local generation = redis.call('HGET', KEYS[3], 'generation:' .. purpose) or '0'

redis.call('HSET', KEYS[1], 'status', 'pending', 'app', ARGV[12], 'purpose', purpose, 'number', ARGV[13],
  'name', ARGV[3], 'generation', generation, 'created', now, 'expires', expires,
  'attempts', ARGV[8], 'sends', sends - 1, 'send:1', now)
if ARGV[14] ~= '' then
  redis.call('HSET', KEYS[1], 'reference', ARGV[14])
end
redis.call('PEXPIRE', KEYS[1], lives)
redis.call('SET', KEYS[2], ARGV[11], 'PX', ARGV[6])
redis.call('ZREMRANGEBYSCORE', KEYS[4], '-inf', now - tonumber(ARGV[7]))
redis.call('ZADD', KEYS[4], expires, purpose .. '/' .. ARGV[2])
redis.call('ZREMRANGEBYRANK', KEYS[4], 0, -51)
outlive(KEYS[4], lives)
if redis.call('EXISTS', KEYS[3]) == 1 then
  outlive(KEYS[3], lives)
end
spend(KEYS[5], times, rules, now)
if ARGV[15] == '1' then
  redis.call('HSET', KEYS[1], 'test', '1')
else
  redis.call('XADD', KEYS[6], '*', 'verification', ARGV[2], 'send', 1)
end
times[#times + 1] = now
return { 'kept', now, expires, resend_at(times, rules, now, 1, sends - 1, cooldown, expires) }
