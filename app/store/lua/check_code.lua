-- check_code: count one guess, compare it with the stored digests, and approve the verification that matches.
--
-- A script, because between reading the attempts and writing them back a second guess could go
-- uncounted, and a second correct code could be approved.
--
-- A check by id has one candidate. A check by number has all pending verifications of an app and
-- purpose: a wrong guess costs each one attempt, and the number one failure. The guess is digested
-- once for each key in rotation; a record names the key that its digest was made with. If this process does not
-- have that key (another process is ahead in a rotation), the record cannot be checked and nothing is
-- counted on it. Two keyed digests are compared, so the time that it takes reveals nothing.
-- The address limit counts wrong guesses only. An approval refunds its wrong guesses and its sends.
--
-- KEYS[1]  number              prefix; the record's name is appended
-- KEYS[2]  watch_checks        buckets of the failure watch: all checks
-- KEYS[3]  watch_failures      buckets of the failure watch: wrong checks
-- KEYS[4]  failure_watch       string; exists while the failure watch is raised
-- KEYS[5]  idempotency         list: the answer stored for this Idempotency-Key
-- KEYS[6]  prefix of all keys; those of events and of proven numbers are appended
-- KEYS[i]  verification        from index 7, a hash for each candidate, and its secret
-- facts.now            milliseconds since 1970; 0 for the server's clock
-- facts.app            app of the API key
-- facts.purposes       allowed or requested: ",login,"; without it, all
-- facts.keep           retention after the end, milliseconds
-- facts.send_limits    limits on sends, as `limit_check` reads them
-- facts.check_limits   limits on wrong codes
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
--          | {"wrong", attempts_left, raised, limit, width, left} with the address's closest limit last
--          | {"reused"} | {"limited", now, retry_at, limit, width} | {"spent", now, retry_at} | {"unknown key"}
--          | {"gone"}
--          where `raised` is 1 if this check raised the failure watch, and `gateway` the one that was called last
-- include facts
-- include now
-- include sliding_window
-- include limit_check
-- include verification_state
-- include failure_lockout
-- include failure_watch
-- include idempotency
-- include finish_verification
-- include proven_numbers
-- include event_outbox
-- include verification_event
-- include watch_event
local facts = read_facts(ARGV)
local now, keep = read_now(facts.now), tonumber(facts.keep)
local stored_answer = read_answer(KEYS[5], facts.body)
if stored_answer then
  return stored_answer
end
local check_limits = read_limits(facts.check_limits)

-- Return whether the guess for the n-th candidate matches a secret; nil if this process does not have its key.
local function matches(secret, n)
  local colon = string.find(secret, ':', 1, true) or 0
  local guess = facts['guess:' .. n .. ':' .. string.sub(secret, 1, colon - 1)]
  if guess then
    return guess == string.sub(secret, colon + 17) -- after a salt of 16 bytes
  end
  return nil
end

local number, failures, pending, right, has_unknown_key = nil, nil, {}, nil, false
for n = 1, (#KEYS - 6) / 2 do
  local i = 5 + 2 * n
  local record = read_record(KEYS[i], 'wrong', 'send:1', 'from:1', 'send:2', 'from:2', 'gateway', 'events')
  if record and is_open_to(record, facts.app, facts.purposes) then
    -- All candidates have the same number: its failures and generation are read with the first.
    failures = failures or read_failures(KEYS[1] .. record.name, now, record.purpose)
    local generation = record.purpose == failures.purpose and failures.generation or nil
    local state = state_of(record, KEYS[1] .. record.name, now, generation)
    record.key, record.secret, record.id = KEYS[i], KEYS[i + 1], facts['id:' .. n]
    if state == 'pending' then
      local verdict = matches(redis.call('GET', record.secret) or '', n)
      number = record
      if verdict == nil then
        has_unknown_key = true
      else
        pending[#pending + 1], right = record, right or (verdict and record)
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
if #pending == 0 and has_unknown_key and failures.locked_until <= now then
  return { 'unknown key' }
end
if failures.locked_until > now or #pending == 0 then
  number.address_keys = facts.address_keys
  local full = latest_full_window(now, open_windows(read_limits(facts.send_limits), number, now))
  return { 'spent', now, math.max(lockout_until(failures, number.device), full.at) }
end
local was_raised = is_raised(facts.watch, KEYS[4])
local windows = open_windows(check_limits, { address_keys = facts.address_keys }, now)
if facts.watch and not was_raised then
  drop_watched_rule(windows)
end
local full = latest_full_window(now, windows)
if full.limit then
  return { 'limited', now, full.at, full.limit, full.width }
end

local raised = 0
if facts.watch and not number.test then
  local change, is_raised_now, counts = count_watched_check(KEYS[2], KEYS[3], KEYS[4], was_raised, not right, now)
  if is_raised_now or change then
    set_watch_timer(KEYS[6], facts.operators, is_raised_now, now)
  end
  if change then
    queue_watch_event(KEYS[6], facts.operators, change, counts, now)
  end
  raised = change == 'raised' and 1 or 0
end
if right then
  refund_verification(right, read_limits(facts.send_limits), check_limits)
  right.attempts = right.attempts - 1
  finish_verification(right, 'approved', keep, now)
  local generation = tonumber(right.generation)
  if failures.count > 0 or generation >= 10 then
    redis.call('HDEL', number_key, 'failures', 'wait_until', 'locked_until',
      'closed:' .. right.purpose .. ':' .. (generation - 10))
  end
  redis.call('HSET', number_key, 'generation:' .. right.purpose, generation + 1,
    'closed:' .. right.purpose .. ':' .. generation, now)
  extend_ttl(number_key, keep + 600000)
  if not right.test then
    mark_proven(KEYS[6], right.app, right.name, now)
  end
  local answer = { right.id, now, right.purpose, right.reference or '', right.number, right.name, right.test or '' }
  store_answer(KEYS[5], facts.body, facts.remember, answer)
  if is_wanted(right.events, 'verification.approved') then
    queue_verification_event(KEYS[6], 'approved', right.id, 'approved', now, now, facts.traceparent)
  end
  table.insert(answer, 1, 'right')
  for _, value in ipairs({ raised, right.country or '', right.gateway or '' }) do
    answer[#answer + 1] = value
  end
  return answer
end
local most_left = 0
for _, record in ipairs(pending) do
  record.attempts = record.attempts - 1
  most_left = math.max(most_left, record.attempts)
  local changes = { 'attempts', record.attempts }
  if facts.address_keys then
    changes[3], changes[4] = 'wrong', (record.wrong or '') .. now .. ' ' .. facts.address_keys .. ';'
  end
  redis.call('HSET', record.key, unpack(changes))
  if record.attempts < 1 then
    -- Further guesses get "spent" until the code would have expired, even if records are deleted sooner.
    finish_verification(record, 'locked', math.max(keep, tonumber(record.expires) - now), now)
    if is_wanted(record.events, 'verification.locked') then
      queue_verification_event(KEYS[6], 'locked', record.id, 'locked', now, now, facts.traceparent)
    end
  end
end
count_failure(number_key, failures, now)
local limit, width, left = closest_limit(windows)
for _, window in ipairs(windows) do
  spend(window)
end
return { 'wrong', most_left, raised, limit, width, math.max(0, left - 1) }
