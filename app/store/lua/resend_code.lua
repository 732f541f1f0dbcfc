-- resend_code: spend the limits and queue one more SMS of a pending verification.
--
-- A script, because only one of two concurrent resends may pass the cooldown. It extends neither the
-- expiry nor the attempts. The record names the subjects and country whose windows its sends count in, the cost of each,
-- and whether a known device requested it. No wait after wrong guesses refuses a resend: it allows no more of them.
--
-- KEYS[1]  verification        hash
-- KEYS[2]  secret              string
-- KEYS[3]  number              prefix; the record's name is appended
-- KEYS[4]  sends_queue         stream
-- KEYS[5]  later               zset of delayed jobs
-- KEYS[6]  blocked             set of number names
-- KEYS[7]  idempotency         list: the answer stored for this Idempotency-Key
-- KEYS[8]  used_human_check    string; exists if this human check was used before
-- KEYS[9]  prefix of all keys; those of events, of the failure watch, of the fraud guard and
--          of proven numbers are appended
-- facts.now            milliseconds since 1970; 0 for the server's clock
-- facts.id             id of the verification
-- facts.app            app of the API key
-- facts.purposes       purposes that the API key may use: ",login,signup,"; without it, all
-- facts.cooldown       wait before the first resend, milliseconds
-- facts.secret         secret of a new code; without it, the code is repeated
-- facts.address_keys   keyed names of the address, separated by spaces
-- facts.send_limits    limits on sends, as `limit_check` reads them
-- facts.caller         kind of caller by its key: "backend" or "stranger"
-- facts.public         "1" for a publishable key, which learns moments of the number coarsely
-- facts.key_without_address  id of a secret key whose call names no address
-- facts.watch          "1" if the failure watch is on
-- facts.body           fingerprint of the body, for the Idempotency-Key
-- facts.remember       lifetime of the stored answer, milliseconds
-- facts.request_id     id of the request, for the job's lines in the log
-- facts.traceparent    the caller's trace
-- facts.operators      endpoints that want events of limits or of the failure watch, as `event_outbox` reads them
-- facts.work           work of the passed human check, where it has one
-- facts.most_work      the most work that a challenge may take
-- facts.suspicion      "1" if a human check is required of this call where it is suspicious
-- facts.guard          mode of the fraud guard and its figures, as `guard_verdict` reads them; without it, it is off
-- facts.human          as in save_verification
--
-- Returns  {"kept", id, now, expires_at, resend_at or 0, attempts_left, sends_left, purpose, reference, sealed, name,
--           limit, width, left, warnings, guard} with the closest limit, what `limit_warning` found and the guard's
--           verdict last
--          | {"again", the same up to name} | {"reused"} | {"limited", now, retry_at, limit, width}
--          | {"spent", now, retry_at} | {"gone"} | {"blocked"} | {"busy"} | {"guard", verdict, work}
--          | {"human check required", work} | {"human check used"}
-- include facts
-- include now
-- include sliding_window
-- include limit_check
-- include human_check
-- include spent_address
-- include resend_cooldown
-- include verification_state
-- include failure_lockout
-- include caller_kind
-- include send_source
-- include failure_watch
-- include idempotency
-- include queue_capacity
-- include send_job
-- include event_outbox
-- include limit_warning
-- include guard_verdict
-- include guard_charge
local facts = read_facts(ARGV)
local now, cooldown = read_now(facts.now), tonumber(facts.cooldown)
local stored_answer = read_answer(KEYS[7], facts.body)
if stored_answer and stored_answer[1] == 'reused' then
  return stored_answer
end
if not stored_answer and facts.human == 'unless_repeated' then
  return { 'human check required', 1 }
end
local record = read_record(KEYS[1], 'sends', 'guard', 'events')
if not record or not is_open_to(record, facts.app, facts.purposes) then
  return { 'gone' }
end
if stored_answer then
  -- Only the record holds the number, so that deleting the record deletes it from every answer.
  for _, value in ipairs({ record.purpose, record.reference or '', record.number, record.name }) do
    stored_answer[#stored_answer + 1] = value
  end
  return stored_answer
end
local number = KEYS[3] .. record.name
record.address_keys, record.key_without_address = facts.address_keys, facts.key_without_address
local failures, expires = read_failures(number, now, record.purpose), tonumber(record.expires)
set_caller(record, failures, facts.caller, record.device, now)
local windows = open_windows(read_limits(facts.send_limits), record, now, facts.public)
local full, work = full_window_of(record, windows, facts, KEYS[9], now)
local wait_until = lockout_until(failures, record.caller == 'device')
local next_request_at = math.max(facts.public and coarse_time(wait_until) or wait_until, full.at)
local state = state_of(record, number, now, failures.generation)
if state == 'locked' and now < expires then
  return { 'spent', now, next_request_at }
end
if state ~= 'pending' then
  return { 'gone' }
end
if redis.call('SISMEMBER', KEYS[6], record.name) == 1 then
  return { 'blocked' }
end
local human = tonumber(facts.human)
if human and redis.call('EXISTS', KEYS[8]) == 1 then
  return { 'human check used' }
end
local left = tonumber(record.sends)
if left < 1 then
  -- No resend is left; `retry_at` is when another verification may be requested.
  return { 'limited', now, next_request_at, 'sends_per_verification', 0 }
end
local sent = 1
while redis.call('HEXISTS', KEYS[1], 'send:' .. (sent + 1)) == 1 do
  sent = sent + 1
end
local cooldown_ends = redis.call('HGET', KEYS[1], 'send:' .. sent) + cooldown * 2 ^ (sent - 1)
if cooldown_ends > now then
  return { 'limited', now, math.max(cooldown_ends, full.at), 'resend_cooldown', 0 }
end
if full.limit then
  return { 'limited', now, full.at, full.limit, full.width }
end
local is_suspicious = facts.suspicion
  and (looks_automated(windows, record.share_caller) or is_raised(facts.watch, KEYS[9], record.app, now))
local too_little_work = refuse_work(facts, math.max(work, required_work(facts, is_suspicious)))
if too_little_work then
  return too_little_work
end
if not record.test and not has_capacity(KEYS[4], KEYS[5]) then
  return { 'busy' }
end
local block, range, marks = read_guard_marks(record.guard)
record.block, record.range = block, range
local verdict = judge_send(KEYS[9], record, facts.guard, number, answer_to_challenge(facts), now)
if is_refused(verdict) then
  note_refusal(verdict, record.events)
  return { 'guard', describe_verdict(verdict), SUSPICIOUS_WORK }
end

if verdict then
  local mark = charge_send(verdict, record.events)
  redis.call('HSET', KEYS[1], 'guard', guard_marks(block, range, sent + 1, mark, marks))
end
redis.call('HSET', KEYS[1], 'sends', left - 1, 'send:' .. (sent + 1), now,
  'sources', add_source(record.sources, record, now))
if facts.secret and not record.test then
  redis.call('SET', KEYS[2], facts.secret, 'XX', 'KEEPTTL')
end
spend_all(windows)
spend_trust(number, record, failures)
if human then
  redis.call('SET', KEYS[8], '1', 'PX', human)
end
if not record.test then
  local ids = { request_id = facts.request_id, traceparent = facts.traceparent }
  queue_send_job(KEYS[4], facts.id, sent + 1, ids)
end
local warnings = find_limit_warnings(KEYS[9], windows, now)
if is_wanted(facts.operators, 'limit.warning') then
  queue_limit_warnings(KEYS[9], facts.operators, warnings, now)
end
local next_at = resend_at(windows, now, sent + 1, left - 1, cooldown, expires)
local attempts = tonumber(record.attempts)
store_answer(KEYS[7], facts.body, facts.remember, { facts.id, now, expires, next_at, attempts, left - 1 })
local limit, width, limit_left = closest_limit(windows, facts.public)
return { 'kept', facts.id, now, expires, next_at, attempts, left - 1, record.purpose, record.reference or '',
  record.number, record.name, limit, width, limit_left, warnings, describe_verdict(verdict) }
