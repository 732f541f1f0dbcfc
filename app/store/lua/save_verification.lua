-- save_verification: spend the limits, store a new verification and queue its first SMS.
--
-- A script, because two concurrent requests could both take the last free send; and because a record
-- without its job, or a job without its record, must not exist. All limits are spent, or none.
--
-- KEYS[1]  verification        hash, new
-- KEYS[2]  secret              string, new
-- KEYS[3]  number              hash: failures and generations
-- KEYS[4]  pending             zset of the number's pending verifications
-- KEYS[5]  sends_queue         stream
-- KEYS[6]  later               zset of delayed jobs
-- KEYS[7]  blocked             set of number names
-- KEYS[8]  idempotency         list: the answer stored for this Idempotency-Key
-- KEYS[9]  used_human_check    string; exists if this human check was used before
-- KEYS[10] prefix of all keys; those of events, of the failure watch, of the fraud guard and
--          of proven numbers are appended
-- facts.now            milliseconds since 1970; 0 for the server's clock
-- facts.id             id of the verification
-- facts.name           name of the number
-- facts.app            app of the API key
-- facts.purpose        purpose of the verification
-- facts.reference      the caller's reference
-- facts.sealed         the number, encrypted
-- facts.secret         key id, salt and digest
-- facts.lifetime       lifetime of the code, milliseconds
-- facts.keep           retention after the end, milliseconds
-- facts.attempts       allowed guesses
-- facts.sends          allowed sends, the first included
-- facts.cooldown       wait before the first resend, milliseconds
-- facts.test           "1" for a number that gets no SMS
-- facts.caller         kind of caller by its key: "backend" or "stranger"
-- facts.device         when the device token of the call was earned, milliseconds; `caller_kind` decides what it counts
-- facts.public         "1" for a publishable key, which learns moments of the number coarsely
-- facts.key_without_address  id of a secret key whose call names no address
-- facts.subject        names of the subjects, separated by spaces
-- facts.country        country of the number
-- facts.cost           expected cost of each of its SMS, in millionths of the currency; none for a test number
-- facts.locale         language of the SMS; without it, the language of the number's country
-- facts.address_keys   keyed names of the address, separated by spaces
-- facts.send_limits    limits on sends, as `limit_check` reads them
-- facts.watch          "1" if the failure watch is on
-- facts.body           fingerprint of the body, for the Idempotency-Key
-- facts.remember       lifetime of the stored answer, milliseconds
-- facts.request_id     id of the request, for the job's lines in the log
-- facts.traceparent    the caller's trace
-- facts.events         endpoints that want events of this verification, as `event_outbox` reads them
-- facts.masked         the number as events show it; only with `events`
-- facts.operators      endpoints that want events of limits or of the failure watch, as `event_outbox` reads them
-- facts.guard          mode of the fraud guard and its figures, as `guard_verdict` reads them; without it, it is off
-- facts.block          name of the number's block
-- facts.range          name of the number's range
-- facts.work           work of the passed human check, where it has one
-- facts.most_work      the most work that a challenge may take
-- facts.suspicion      "1" if a human check is required of this call where it is suspicious
-- facts.human          how many milliseconds the passed human check is remembered; without one, "if_suspicious" or
--                      "unless_repeated", where only a repeated call passes without one
--
-- Returns  {"kept", id, now, expires_at, resend_at or 0, attempts, sends_left, limit, width, left, warnings, guard}
--          with the closest limit, what `limit_warning` found and the guard's verdict last
--          | {"again", the same up to sends_left} | {"reused"}
--          | {"limited", now, retry_at, limit, width} | {"waiting", now, retry_at} | {"blocked"} | {"busy"}
--          | {"guard", verdict, work}
--          | {"human check required", work} | {"human check used"}
-- include facts
-- include now
-- include sliding_window
-- include limit_check
-- include human_check
-- include spent_address
-- include resend_cooldown
-- include failure_lockout
-- include caller_kind
-- include send_source
-- include failure_watch
-- include idempotency
-- include queue_capacity
-- include pending_index
-- include send_job
-- include event_outbox
-- include event_timers
-- include limit_warning
-- include guard_verdict
-- include guard_charge
local facts = read_facts(ARGV)
local now = read_now(facts.now)
local stored_answer = read_answer(KEYS[8], facts.body)
if stored_answer then
  return stored_answer
end
local sends, lifetime, keep = tonumber(facts.sends), tonumber(facts.lifetime), tonumber(facts.keep)
local expires, ttl = now + lifetime, lifetime + keep
if is_wanted(facts.events, 'verification.expired') then
  ttl = math.max(ttl, lifetime + EXPIRED_KEEP_MS)
end

if facts.human == 'unless_repeated' then
  return { 'human check required', 1 }
end
if redis.call('SISMEMBER', KEYS[7], facts.name) == 1 then
  return { 'blocked' }
end
local human = tonumber(facts.human)
if human and redis.call('EXISTS', KEYS[9]) == 1 then
  return { 'human check used' }
end
local failures = read_failures(KEYS[3], now, facts.purpose)
local source = { name = facts.name, app = facts.app, subject = facts.subject, country = facts.country,
  address_keys = facts.address_keys, key_without_address = facts.key_without_address, cost = facts.cost,
  test = facts.test }
set_caller(source, failures, facts.caller, facts.device, now)
local windows = open_windows(read_limits(facts.send_limits), source, now, facts.public)
local full, work = full_window_of(source, windows, facts, KEYS[10], now)
local is_device = source.caller == 'device'
local wait_until = lockout_until(failures, is_device)
wait_until = facts.public and coarse_time(wait_until) or wait_until
if wait_until > now then
  return { 'waiting', now, math.max(wait_until, full.at) }
end
if full.limit then
  return { 'limited', now, full.at, full.limit, full.width }
end
local raised = (source.caller == 'stranger' or facts.suspicion) and is_raised(facts.watch, KEYS[10], facts.app, now)
local is_suspicious = facts.suspicion and (raised or looks_automated(windows, source.share_caller))
local too_little_work = refuse_work(facts, math.max(work, required_work(facts, is_suspicious)))
if too_little_work then
  return too_little_work
end
if not facts.test and not has_capacity(KEYS[5], KEYS[6]) then
  return { 'busy' }
end
local verdict = judge_send(KEYS[10], facts, facts.guard, KEYS[3], answer_to_challenge(facts), now)
if is_refused(verdict) then
  note_refusal(verdict, facts.events)
  return { 'guard', describe_verdict(verdict), SUSPICIOUS_WORK }
end
local attempts = tonumber(facts.attempts)
if raised and source.caller == 'stranger' then
  attempts = math.min(attempts, 3)
end
local record = { 'version', 1, 'status', 'pending', 'app', facts.app, 'purpose', facts.purpose, 'number', facts.sealed,
  'name', facts.name, 'generation', failures.generation, 'created', now, 'expires', expires, 'attempts', attempts,
  'sends', sends - 1, 'send:1', now, 'sources', add_source(nil, source, now) }
for field, value in pairs({ reference = facts.reference, subject = facts.subject, country = facts.country,
  locale = facts.locale, device = is_device and facts.device or nil, test = facts.test, events = facts.events,
  masked = facts.masked, traceparent = facts.events and facts.traceparent or nil, cost = facts.cost }) do
  record[#record + 1], record[#record + 2] = field, value
end

if verdict then
  local mark = charge_send(verdict, facts.events)
  record[#record + 1], record[#record + 2] = 'guard', guard_marks(facts.block, facts.range, 1, mark)
end
redis.call('HSET', KEYS[1], unpack(record))
redis.call('PEXPIRE', KEYS[1], ttl)
redis.call('SET', KEYS[2], facts.secret, 'PX', lifetime)
index_pending(KEYS[4], facts.purpose .. '/' .. facts.id, expires, now - keep, ttl)
extend_ttl(KEYS[3], ttl)
spend_all(windows)
spend_trust(KEYS[3], source, failures)
if human then
  redis.call('SET', KEYS[9], '1', 'PX', human)
end
if not facts.test then
  local ids = { request_id = facts.request_id, traceparent = facts.traceparent }
  queue_send_job(KEYS[5], facts.id, 1, ids)
end
if is_wanted(facts.events, 'verification.requested') then
  queue_event(KEYS[10], facts.app, facts.events, 'verification.requested', now, { 'verification', facts.id,
    'state', 'pending', 'ended', 0, 'purpose', facts.purpose, 'created', now, 'expires', expires, 'attempts', attempts,
    'sends', sends - 1, 'send:1', now, 'masked', facts.masked, facts.reference and 'reference' or nil, facts.reference },
    { name = facts.name, sealed = facts.sealed }, facts.traceparent)
end
if is_wanted(facts.events, 'verification.expired') then
  add_event_timer(KEYS[10], facts.app, facts.id, expires)
end
local warnings = find_limit_warnings(KEYS[10], windows, now)
if is_wanted(facts.operators, 'limit.warning') then
  queue_limit_warnings(KEYS[10], facts.operators, warnings, now)
end
local next_at = resend_at(windows, now, 1, sends - 1, tonumber(facts.cooldown), expires)
local answer = { facts.id, now, expires, next_at, attempts, sends - 1 }
store_answer(KEYS[8], facts.body, facts.remember, answer)
local limit, width, left = closest_limit(windows, facts.public)
return { 'kept', facts.id, now, expires, next_at, attempts, sends - 1, limit, width, left, warnings,
  describe_verdict(verdict) }
