-- check_code: count one guess, compare it with the stored digests, and approve the verification that matches.
--
-- A script, because between reading the attempts and writing them back a second guess could go
-- uncounted, and a second correct code could be approved.
--
-- A check by id has one candidate. A check by number has all pending verifications of an app and
-- purpose: a wrong guess costs each one attempt, and the number one failure. The guess is digested
-- once for each key in rotation; a record names the key of its own digest. If this process does not
-- have that key (another process is ahead in a rotation), the record cannot be checked and nothing is
-- counted on it. Two keyed digests are compared, so the time that it takes reveals nothing.
-- The address limit counts wrong guesses only. An approval refunds its wrong guesses and its sends.
--
-- KEYS[1]  number         prefix; the record's name is appended
-- KEYS[2]  sends          prefix; the record's name is appended
-- KEYS[3]  device_sends   prefix; the record's name is appended
-- KEYS[4]  address_sends  prefix; an address key is appended
-- KEYS[5]  address_checks prefix; an address key is appended
-- KEYS[6]  watch_checks   buckets of the failure watch: all checks
-- KEYS[7]  watch_failures buckets of the failure watch: wrong checks
-- KEYS[8]  alarm          string; exists while the failure watch is raised
-- KEYS[9]  repeat         list: the answer stored for this Idempotency-Key
-- KEYS[i]  verification   hash, then its secret; from index 10, a pair for each candidate
-- ARGV[1]  now            milliseconds since 1970; 0 for the server's clock
-- ARGV[2]  app            app of the API key
-- ARGV[3]  purposes       allowed or requested: ",login,"; "" for all
-- ARGV[4]  keep           retention after the end, milliseconds
-- ARGV[5]  number rules   limit on the sends of a number
-- ARGV[6]  address rules  limit on the sends of an address
-- ARGV[7]  check rules    limit on the wrong guesses of an address
-- ARGV[8]  address_keys   keyed names of the address, separated by spaces; "" for none
-- ARGV[9]  watch          "1" if the failure watch is on
-- ARGV[10] body           fingerprint of the body, for the Idempotency-Key; "" for none
-- ARGV[11] remember       lifetime of the stored answer, milliseconds
-- ARGV[12] keys           number of keys in rotation
-- ARGV[j]  candidate      id of a candidate, from index 13; then for each key:
-- ARGV[k]  guess          key id, then the digest of the guess with that key
--
-- Returns  {"right", id, now, purpose, reference, sealed, name, test, raised} | {"again", the same up to test}
--          | {"wrong", attempts_left, raised, limit, width, left} with the address's closest limit last
--          | {"reused"} | {"limited", now, retry_at, limit, width} | {"spent", now, retry_at} | {"unknown key"}
--          | {"gone"}
--          where `raised` is 1 if this check raised the failure watch
-- include now
-- include sliding_window
-- include limit_check
-- include verification_state
-- include failure_lockout
-- include failure_watch
-- include idempotency
-- include finish_verification
local now, keep, rotation = read_now(ARGV[1]), tonumber(ARGV[4]), tonumber(ARGV[12])
local address_keys, watches = ARGV[8], ARGV[9] == '1'
local stored_answer = read_answer(KEYS[9], ARGV[10])
if stored_answer then
  return stored_answer
end

-- Return whether the guess whose digests begin at ARGV[j] matches a secret; nil if this process does not have its key.
local function matches(secret, j)
  for k = j, j + 2 * rotation - 1, 2 do
    local id = ARGV[k] .. ':'
    if string.sub(secret, 1, #id) == id then
      return string.sub(secret, #id + 17) == ARGV[k + 1]
    end
  end
  return nil
end

local number, failures, pending, right, has_unknown_key = nil, nil, {}, nil, false
for i = 10, #KEYS, 2 do
  local record = read_fields(KEYS[i], 'app', 'purpose', 'status', 'ended', 'expires', 'generation', 'name', 'attempts',
    'number', 'reference', 'test', 'device', 'wrong', 'send:1', 'from:1', 'send:2', 'from:2')
  if record and record.app == ARGV[2]
      and (ARGV[3] == '' or string.find(ARGV[3], ',' .. record.purpose .. ',', 1, true)) then
    -- All candidates have the same number: its failures and generation are read with the first.
    failures = failures or read_failures(KEYS[1] .. record.name, now, record.purpose)
    local generation = record.purpose == failures.purpose and failures.generation or nil
    local state = state_of(record, KEYS[1] .. record.name, now, generation)
    local j = 13 + (i - 10) / 2 * (1 + 2 * rotation)
    record.key, record.secret, record.id = KEYS[i], KEYS[i + 1], ARGV[j]
    if state == 'pending' then
      local verdict = matches(redis.call('GET', record.secret) or '', j + 1)
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
  local sends = { open_window((number.device and KEYS[3] or KEYS[2]) .. number.name, ARGV[5], now) }
  add_address_windows(sends, address_keys, KEYS[4], ARGV[6], 'sends_per_address', now)
  return { 'spent', now, math.max(lockout_until(failures, number.device), latest_full_window(now, sends).at) }
end
local check_rules = ARGV[7] .. (watches and ',' .. WATCHED_RULE or '')
local was_raised = is_raised(watches, KEYS[8])
local windows = {}
add_address_windows(windows, address_keys, KEYS[5], check_rules, 'checks_per_address', now)
if watches and not was_raised then
  drop_watched_rule(windows)
end
local full = latest_full_window(now, windows)
if full.limit then
  return { 'limited', now, full.at, full.limit, full.width }
end

local raised = watches and not number.test
  and count_watched_check(KEYS[6], KEYS[7], KEYS[8], was_raised, not right, now) and 1 or 0
if right then
  refund_verification(right, KEYS[4], ARGV[6], KEYS[5], check_rules)
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
  local answer = { right.id, now, right.purpose, right.reference or '', right.number, right.name, right.test or '' }
  store_answer(KEYS[9], ARGV[10], ARGV[11], answer)
  table.insert(answer, 1, 'right')
  answer[#answer + 1] = raised
  return answer
end
local most_left = 0
for _, record in ipairs(pending) do
  record.attempts = record.attempts - 1
  most_left = math.max(most_left, record.attempts)
  local changes = { 'attempts', record.attempts }
  if address_keys ~= '' then
    changes[3], changes[4] = 'wrong', (record.wrong or '') .. now .. ' ' .. address_keys .. ';'
  end
  redis.call('HSET', record.key, unpack(changes))
  if record.attempts < 1 then
    -- Further guesses get "spent" until the code would have expired, even if records are deleted sooner.
    finish_verification(record, 'locked', math.max(keep, tonumber(record.expires) - now), now)
  end
end
count_failure(number_key, failures, now)
local limit, width, left = closest_limit(windows)
for _, window in ipairs(windows) do
  spend(window)
end
return { 'wrong', most_left, raised, limit, width, math.max(0, left - 1) }
