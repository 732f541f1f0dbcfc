-- check_code: count one guess, compare it with the stored digests, and approve the verification that matches.
--
-- A script, because between reading the attempts and writing them back a second guess could go
-- uncounted, and a second correct code could be approved.
--
-- A check by id has one candidate. A check by number has all pending verifications of an app and
-- purpose: a wrong guess costs each one attempt, and the number a failure for each. The guess is digested
-- once for each key in rotation; a record names the key that its digest was made with. If this process does not
-- have that key (another process is ahead in a rotation), the record cannot be checked and nothing is
-- counted on it. Two keyed digests are compared, so the time that it takes reveals nothing.
-- The address limit counts wrong guesses at verifications that the address did not request; when it is spent, a guess
-- is not compared with such. No wait, lock or limit refuses a guess at any other pending verification. An approval
-- refunds its sends.
--
-- KEYS[1]  number              prefix; the record's name is appended
-- KEYS[2]  idempotency         list: the answer stored for this Idempotency-Key
-- KEYS[3]  prefix of all keys; those of events, of the failure watch, of the fraud guard and of proven numbers are appended
-- KEYS[i]  verification        from index 4, a hash for each candidate, and its secret
-- facts.now            milliseconds since 1970; 0 for the server's clock
-- facts.app            app of the API key
-- facts.purposes       allowed or requested: ",login,"; without it, all
-- facts.keep           retention after the end, milliseconds
-- facts.send_limits    limits on sends, as `limit_check` reads them
-- facts.check_limits   limits on wrong codes
-- facts.approved_limits  limits on the sends that first approvals refund
-- facts.caller         kind of caller by its key: "backend" or "stranger"
-- facts.public         "1" for a publishable key, which learns moments of the number coarsely
-- facts.address_keys   keyed names of the address, separated by spaces
-- facts.watch          "1" if the failure watch is on
-- facts.operators      endpoints that want events of limits or of the failure watch, as `event_outbox` reads them
-- facts.traceparent    the caller's trace, for events
-- facts.body           fingerprint of the body, for the Idempotency-Key
-- facts.remember       lifetime of the stored answer, milliseconds
-- facts[id:<n>]                id of the n-th candidate, from 1
-- facts[guess:<n>:<key id>]    digest of the guess for the n-th candidate, with that key
--
-- Returns  {"right", id, now, purpose, reference, sealed, name, test, raised, country, gateway} | {"again", the same up to test}
--          | {"wrong", attempts_left, raised, limit, width, left} with the address's closest limit last, if it counted
--          | {"reused"} | {"limited", now, retry_at, limit, width} | {"spent", now, retry_at} | {"unknown key"}
--          | {"gone"}
--          where `raised` names the failure watches that this check raised, "all", "app", "all app" or "", and
--          `gateway` is the one that was called last
-- include facts
-- include now
-- include sliding_window
-- include limit_check
-- include verification_state
-- include failure_lockout
-- include caller_kind
-- include send_source
-- include failure_watch
-- include idempotency
-- include finish_verification
-- include proven_numbers
-- include event_outbox
-- include verification_event
-- include watch_event
-- include guard_feedback
local facts = read_facts(ARGV)
local now, keep = read_now(facts.now), tonumber(facts.keep)
local stored_answer = read_answer(KEYS[2], facts.body)
if stored_answer then
  return stored_answer
end

-- Return whether the guess for the n-th candidate matches a secret; nil if this process does not have its key.
local function matches(secret, n)
  local colon = string.find(secret, ':', 1, true) or 0
  local guess = facts['guess:' .. n .. ':' .. string.sub(secret, 1, colon - 1)]
  if guess then
    return guess == string.sub(secret, colon + 17) -- after a salt of 16 bytes
  end
  return nil
end

local number, failures, pending, has_unknown_key = nil, nil, {}, false
for n = 1, (#KEYS - 3) / 2 do
  local i = 2 + 2 * n
  local record = read_record(KEYS[i], 'gateway', 'events', 'guard')
  if record and is_open_to(record, facts.app, facts.purposes) then
    -- All candidates have the same number: its failures and generation are read with the first.
    failures = failures or read_failures(KEYS[1] .. record.name, now, record.purpose)
    local generation = record.purpose == failures.purpose and failures.generation or nil
    local state = state_of(record, KEYS[1] .. record.name, now, generation)
    record.key, record.secret, record.id = KEYS[i], KEYS[i + 1], facts['id:' .. n]
    if state == 'pending' then
      record.is_right = matches(redis.call('GET', record.secret) or '', n)
      number = record
      if record.is_right == nil then
        has_unknown_key = true
      else
        pending[#pending + 1] = record
      end
    elseif state == 'locked' and now < tonumber(record.expires) then
      number = number or record
    end
  end
end
if not number then
  return { 'gone' }
end
local number_key = KEYS[1] .. number.name
if #pending == 0 and has_unknown_key then
  return { 'unknown key' }
end
if #pending == 0 then
  number.address_keys = facts.address_keys
  set_caller(number, failures, facts.caller, number.device, now)
  local full = latest_full_window(now, open_windows(read_limits(facts.send_limits), number, now, facts.public))
  local wait_until = lockout_until(failures, number.caller == 'device')
  return { 'spent', now, math.max(facts.public and coarse_time(wait_until) or wait_until, full.at) }
end

-- Of the pending verifications, those that this address did not request are compared while its limit has room.
local own, windows = {}, {}
for _, record in ipairs(facts.address_keys and pending or {}) do
  if was_requested_from(record, facts.address_keys) then
    own[#own + 1] = record
  end
end
if facts.address_keys and #own < #pending then
  windows = open_windows(read_limits(facts.check_limits), { address_keys = facts.address_keys }, now)
  local full = latest_full_window(now, windows)
  if full.limit then
    if #own == 0 then
      return { 'limited', now, full.at, full.limit, full.width }
    end
    pending, windows = own, {}
  end
end
local right
for _, record in ipairs(pending) do
  right = right or (record.is_right and record)
end

local raised = {}
if facts.watch and not number.test then
  local of_all, of_app = watch_keys(KEYS[3], number.app)
  for _, watch in ipairs({ { of_all, nil, 'all' }, { of_app, number.app, 'app' } }) do
    local key, app, word = watch[1], watch[2], watch[3]
    local change, is_raised_now, counts = count_watched_check(key, not right, now)
    if is_raised_now or change then
      set_watch_timer(KEYS[3], facts.operators, app, is_raised_now, now)
    end
    if change then
      queue_watch_event(KEYS[3], facts.operators, app, change, counts, now)
    end
    if change == 'raised' then
      raised[#raised + 1] = word
    end
  end
end
raised = table.concat(raised, ' ')
if right then
  if not right.test then
    local was_approved_before = was_proven(KEYS[3], right.app, right.name, now)
    local approved_limits = read_limits(facts.approved_limits)
    refund_sends(right, read_limits(facts.send_limits), approved_limits, was_approved_before, now)
    if not was_approved_before then
      note_first_approval(KEYS[3], right, now)
    end
    mark_proven(KEYS[3], right.app, right.name, now)
  end
  right.attempts = right.attempts - 1
  finish_verification(right, 'approved', keep, now)
  local generation = tonumber(right.generation)
  if failures.others.count > 0 or failures.devices.count > 0 or failures.device_sends > 0 or generation >= 10 then
    redis.call('HDEL', number_key, 'device_sends', 'closed:' .. right.purpose .. ':' .. (generation - 10),
      unpack(FAILURE_FIELDS))
  end
  redis.call('HSET', number_key, 'generation:' .. right.purpose, generation + 1,
    'closed:' .. right.purpose .. ':' .. generation, now)
  extend_ttl(number_key, keep + 600000)
  local answer = { right.id, now, right.purpose, right.reference or '', right.number, right.name, right.test or '' }
  store_answer(KEYS[2], facts.body, facts.remember, answer)
  if is_wanted(right.events, 'verification.approved') then
    queue_verification_event(KEYS[3], 'approved', right.id, 'approved', now, now, facts.traceparent)
  end
  table.insert(answer, 1, 'right')
  for _, value in ipairs({ raised, right.country or '', right.gateway or '' }) do
    answer[#answer + 1] = value
  end
  return answer
end
local most_left, guesses = 0, { others = 0, devices = 0 }
for _, record in ipairs(pending) do
  if record.guard and not string.find(record.guard, '!', 1, true) then
    redis.call('HSET', record.key, 'guard', record.guard .. '!')
    note_guess(KEYS[3], record, now)
  end
  record.attempts = record.attempts - 1
  most_left = math.max(most_left, record.attempts)
  local kind = record.device and 'devices' or 'others'
  guesses[kind] = guesses[kind] + 1
  redis.call('HSET', record.key, 'attempts', record.attempts)
  if record.attempts < 1 then
    -- Further guesses get "spent" until the code would have expired, even if records are deleted sooner.
    finish_verification(record, 'locked', math.max(keep, tonumber(record.expires) - now), now)
    if is_wanted(record.events, 'verification.locked') then
      queue_verification_event(KEYS[3], 'locked', record.id, 'locked', now, now, facts.traceparent)
    end
  end
end
for kind, count in pairs(guesses) do
  if count > 0 then
    count_failures(number_key, failures, kind == 'devices', count, now)
  end
end
local limit, width, left = closest_limit(windows)
spend_all(windows)
return { 'wrong', most_left, raised, limit, width, math.max(0, left - 1) }
