-- save_messages: judge up to 50 recipients of one message, each by itself, and store and queue what is accepted.
--
-- A script, because two concurrent requests could both take the last free send; and because a record without its job,
-- or a job without its record, must not exist. What is refused spends nothing, and no other recipient.
--
-- KEYS[1]  sends_queue     stream of codes
-- KEYS[2]  later           zset of delayed jobs
-- KEYS[3]  messages_queue  stream of all other messages
-- KEYS[4]  scheduled       zset of messages that wait for their time
-- KEYS[5]  blocked         set of number names
-- KEYS[6]  idempotency     list: the answer stored for this Idempotency-Key and these recipients
-- KEYS[7]  prefix of all keys; those of opt-outs, guard and events are appended
-- facts.now            milliseconds since 1970; 0 for the server's clock
-- facts.app            app of the API key
-- facts.purpose        purpose of the messages
-- facts.reference      the caller's reference
-- facts.lifetime       for how long a message may be sent, milliseconds
-- facts.keep           retention after that, milliseconds
-- facts.send_at        when they are due, milliseconds since 1970; without it, now
-- facts.has_code       "1" for a code that the caller drew; the guard charges it where the app reports outcomes
-- facts.caller         kind of caller by its key: "backend" or "stranger"
-- facts.key_without_address  id of the key of a code whose call names no address
-- facts.subject        names of the subjects, separated by spaces
-- facts.address_keys   keyed names of the address, separated by spaces
-- facts.send_limits    limits on sends, as `limit_check` reads them
-- facts.body           fingerprint of the body, for the Idempotency-Key
-- facts.remember       lifetime of the stored answer, milliseconds
-- facts.request_id     id of the request, for the job's lines in the log
-- facts.traceparent    the caller's trace
-- facts.events         endpoints that want events of messages, as `event_outbox` reads them
-- facts.operators      endpoints that want events of limits, as `event_outbox` reads them
-- facts.guard          mode of the fraud guard and its figures, as `guard_verdict` reads them; without it, it is off
-- facts.count          how many recipients there are; each has, with its number from 1 before the name, as in `1.id`:
--   id                 id of the message
--   name               name of the number
--   sealed             the number, encrypted
--   text               the text, encrypted
--   country            country of the number
--   masked             the number as events show it; only with `events`
--   cost               its expected cost, in millionths of the currency; none for a test number
--   test               "1" for a number that gets no SMS
--   block, range       names of the number's block and range; only with `guard`
--   senders            those that its route would use, one a line; without them, no opt-out of a sender refuses it
--
-- Returns  {"saved", answers, warnings} | {"again", answers} | {"reused"}
--          where answers are, as JSON, for each recipient ["kept", id] | ["blocked"] | ["opted_out"] | ["busy"]
--          | ["limited", now, retry_at, limit, width] | ["guard", verdict], and warnings what `limit_warning` found
-- include facts
-- include now
-- include limit_check
-- include idempotency
-- include queue_capacity
-- include pending_index
-- include opt_outs
-- include send_job
-- include event_outbox
-- include limit_warning
-- include guard_verdict
-- include guard_charge
local MAX_WAITING = 1000000 -- messages without a code, about 1 kB each
local OUTCOMES_COUNT_MS = 30 * 86400000 -- after which an app reports none any more
local RECIPIENT = { 'id', 'name', 'sealed', 'text', 'country', 'masked', 'cost', 'test', 'block', 'range', 'senders' }
local facts = read_facts(ARGV)
local now = read_now(facts.now)
local prefix, send_at = KEYS[7], tonumber(facts.send_at or 0)
local lifetime, keep = tonumber(facts.lifetime), tonumber(facts.keep)
local expires = math.max(now, send_at) + lifetime
local limits, warnings = read_limits(facts.send_limits), {}

local function read_recipient(i)
  local one = { app = facts.app, subject = facts.subject, address_keys = facts.address_keys,
    key_without_address = facts.key_without_address, caller = facts.caller, share_caller = facts.caller }
  for _, name in ipairs(RECIPIENT) do
    one[name] = facts[i .. '.' .. name]
  end
  return one
end

local function has_room()
  if facts.has_code then
    return has_capacity(KEYS[1], KEYS[2])
  end
  return redis.call('XLEN', KEYS[3]) + redis.call('ZCARD', KEYS[4]) + redis.call('ZCARD', prefix .. 'later_messages')
    < MAX_WAITING
end

-- An app that never reports what became of its codes is judged by what its other traffic shows, and charged nothing.
local function charge(verdict)
  local reported_at = verdict and facts.has_code and redis.call('GET', prefix .. 'outcomes_reported:' .. facts.app)
  if reported_at and tonumber(reported_at) > now - OUTCOMES_COUNT_MS then
    return charge_send(verdict, facts.events)
  end
  return nil
end

local function store(one, mark)
  local record = { 'version', 1, 'status', 'pending', 'app', facts.app, 'purpose', facts.purpose, 'number', one.sealed,
    'name', one.name, 'generation', NO_GENERATION, 'created', now, 'expires', expires, 'send:1', math.max(now, send_at) }
  local others = { reference = facts.reference, country = one.country, test = one.test, events = facts.events,
    masked = one.masked, traceparent = (facts.events or facts.send_at) and facts.traceparent or nil, cost = one.cost,
    send_at = facts.send_at, request_id = facts.send_at and facts.request_id or nil, has_code = facts.has_code,
    guard = mark and guard_marks(one.block, one.range, 1, mark) or nil }
  for field, value in pairs(others) do
    record[#record + 1], record[#record + 2] = field, value
  end
  local ttl = expires - now + keep
  local key = record_key(prefix, one.id)
  redis.call('HSET', key, unpack(record))
  redis.call('PEXPIRE', key, ttl)
  index_pending(prefix .. 'outgoing_of:' .. facts.app .. ':' .. one.name, one.id, expires, now - keep, ttl)
  if one.test then
    return
  end
  redis.call('SET', prefix .. 'text:' .. one.id, one.text, 'PX', expires - now)
  if send_at > now then
    redis.call('ZADD', KEYS[4], send_at, one.id)
  else
    local ids = { request_id = facts.request_id, traceparent = facts.traceparent }
    queue_send_job(facts.has_code and KEYS[1] or KEYS[3], one.id, 1, ids)
  end
end

-- An opt-out refuses a code whatever its app, and any other message where its sender is among those of the route: one
-- who has answered STOP to one of them gets nothing from the next one either.
local function is_opted_out(one)
  if facts.has_code then
    return redis.call('EXISTS', prefix .. 'opted_out:' .. one.name) == 1
  end
  for _, opt_out in ipairs(one.senders and read_opt_outs(prefix, facts.app, one.name, now) or {}) do
    if string.find('\n' .. one.senders .. '\n', '\n' .. opt_out.sender .. '\n', 1, true) then
      return true
    end
  end
  return false
end

local function judge(one)
  local number = prefix .. 'number:' .. facts.app .. ':' .. one.name
  if redis.call('SISMEMBER', KEYS[5], one.name) == 1 then
    return { 'blocked' }
  end
  if is_opted_out(one) then
    return { 'opted_out' }
  end
  local windows = open_windows(limits, one, now)
  local full = latest_full_window(now, windows)
  if full.limit then
    return { 'limited', now, full.at, full.limit, full.width }
  end
  if not one.test and not has_room() then
    return { 'busy' }
  end
  local verdict = judge_send(prefix, one, facts.guard, number, {}, now)
  if is_refused(verdict) then
    note_refusal(verdict, facts.events)
    return { 'guard', describe_verdict(verdict) }
  end
  spend_all(windows)
  store(one, charge(verdict))
  for _, warning in ipairs(find_limit_warnings(prefix, windows, now)) do
    warnings[#warnings + 1] = warning
  end
  return { 'kept', one.id, describe_verdict(verdict) }
end

local stored_answer = read_answer(KEYS[6], facts.body)
if stored_answer then
  return stored_answer
end
local answers, kept, is_final = {}, 0, tonumber(facts.count) > 1
for i = 1, tonumber(facts.count) do
  answers[i] = judge(read_recipient(i))
  kept = kept + (answers[i][1] == 'kept' and 1 or 0)
  is_final = is_final and answers[i][1] ~= 'busy' and answers[i][1] ~= 'limited'
end
answers = cjson.encode(answers)
-- A call that was refused as a whole may be repeated: always for one recipient, for several where waiting helps any.
if kept > 0 or is_final then
  store_answer(KEYS[6], facts.body, facts.remember, { answers })
end
if is_wanted(facts.operators, 'limit.warning') then
  queue_limit_warnings(prefix, facts.operators, warnings, now)
end
return { 'saved', answers, warnings }
