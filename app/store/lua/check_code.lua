-- check_code: count one guess, compare it with the kept digests, and use the right one up.
--
-- A script, because between reading the attempts and writing them back a second guess could slip
-- in and be free, and a second right one be approved.
--
-- By id there is one candidate; by number there are all pending ones of an app and purpose, and a
-- wrong guess costs each an attempt but the number one failure. The guess is digested once for
-- each key in rotation; a record names the one that it was made with. Where that is none of ours
-- (another process is ahead in a rotation) the record cannot be judged, and nothing is counted on it.
-- What is compared is two keyed digests, so the time that it takes tells nothing.
-- An address pays for wrong guesses only, and an approval gives its own back, and its sends.
--
-- KEYS[1]  number         prefix; the record's name completes it
-- KEYS[2]  sends          prefix; likewise
-- KEYS[3]  device_sends   prefix; likewise
-- KEYS[4]  address_sends  prefix; a place completes it
-- KEYS[5]  address_checks prefix; likewise
-- KEYS[6]  watch_checks   slices of the failure watch
-- KEYS[7]  watch_failures likewise
-- KEYS[8]  alarm          string: the failure watch is raised
-- KEYS[9]  repeat         list: what this Idempotency-Key was answered
-- KEYS[i]  verification   hash, and behind it its secret; from 10 on, a pair for each candidate
-- ARGV[1]  now            milliseconds since 1970; 0 for the server's clock
-- ARGV[2]  app            whose key asked
-- ARGV[3]  purposes       that are allowed or asked for: ",login,"; "" for all
-- ARGV[4]  keep           after the end, milliseconds
-- ARGV[5]  number rules   of its sends
-- ARGV[6]  address rules  of its sends
-- ARGV[7]  check rules    of an address
-- ARGV[8]  places         that are counted of the address, named, by spaces; "" for none
-- ARGV[9]  watch          "1" where the failure watch is on
-- ARGV[10] body           fingerprint, for the Idempotency-Key; "" for none
-- ARGV[11] remember       milliseconds
-- ARGV[12] keys           how many are in rotation
-- ARGV[j]  candidate      its id; from 13 on, and behind each for each key:
-- ARGV[k]  guess          key id, and then the digest that the code would have by it
--
-- Returns  {"right", id, now, purpose, reference, sealed, name, test, raised} | {"again", the same up to test}
--          | {"wrong", attempts_left, raised, word, width, left} with the address' tightest window last
--          | {"reused"} | {"limited", now, retry_at, word, width} | {"spent", now, retry_at} | {"unknown key"} | {"gone"}
--          where `raised` is 1 if this very check raised the failure watch
-- include now
-- include sliding_window
-- include limit_check
-- include verification_state
-- include failure_lockout
-- include failure_watch
-- include idempotency
-- include finish_verification
local now, keep, rotation = read_now(ARGV[1]), tonumber(ARGV[4]), tonumber(ARGV[12])
local places, watches = ARGV[8], ARGV[9] == '1'
local before = previous_answer(KEYS[9], ARGV[10])
if before then
  return before
end

-- Whether the guess whose digests begin at ARGV[j] fits a secret; nil where none of our keys made it.
local function fits(secret, j)
  for k = j, j + 2 * rotation - 1, 2 do
    local id = ARGV[k] .. ':'
    if string.sub(secret, 1, #id) == id then
      return string.sub(secret, #id + 17) == ARGV[k + 1]
    end
  end
  return nil
end

local number, failures, open, right, is_strange = nil, nil, {}, nil, false
for i = 10, #KEYS, 2 do
  local record = fields(KEYS[i], 'app', 'purpose', 'status', 'ended', 'expires', 'generation', 'name', 'attempts',
    'number', 'reference', 'test', 'device', 'wrong', 'send:1', 'from:1', 'send:2', 'from:2')
  if record and record.app == ARGV[2]
      and (ARGV[3] == '' or string.find(ARGV[3], ',' .. record.purpose .. ',', 1, true)) then
    -- By number, all candidates are of the same: its failures and generation are read with the first.
    failures = failures or read_failures(KEYS[1] .. record.name, now, record.purpose)
    local generation = record.purpose == failures.purpose and failures.generation or nil
    local state = state_of(record, KEYS[1] .. record.name, now, generation)
    local j = 13 + (i - 10) / 2 * (1 + 2 * rotation)
    record.key, record.secret, record.id = KEYS[i], KEYS[i + 1], ARGV[j]
    if state == 'pending' then
      local verdict = fits(redis.call('GET', record.secret) or '', j + 1)
      number = record
      if verdict == nil then
        is_strange = true
      else
        open[#open + 1], right = record, right or (verdict and record)
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
if #open == 0 and is_strange and failures.locked_until <= now then
  return { 'unknown key' }
end
if failures.locked_until > now or #open == 0 then
  local sends = { open_window((number.device and KEYS[3] or KEYS[2]) .. number.name, ARGV[5], now) }
  add_address_windows(sends, places, KEYS[4], ARGV[6], 'sends_per_address', now)
  return { 'spent', now, math.max(lockout_until(failures, number.device), last_to_open(now, sends).at) }
end
local paid = ARGV[7] .. (watches and ',' .. WATCHED_RULE or '')
local was_raised = is_raised(watches, KEYS[8])
local windows = {}
add_address_windows(windows, places, KEYS[5], paid, 'checks_per_address', now)
if watches and not was_raised then
  let_rest(windows)
end
local full = last_to_open(now, windows)
if full.word then
  return { 'limited', now, full.at, full.word, full.width }
end

local raised = watches and not number.test
  and watch_check(KEYS[6], KEYS[7], KEYS[8], was_raised, not right, now) and 1 or 0
if right then
  give_back_all(right, KEYS[4], ARGV[6], KEYS[5], paid)
  right.attempts = right.attempts - 1
  finish(right, 'approved', keep, now)
  local generation = tonumber(right.generation)
  if failures.count > 0 or generation >= 10 then
    redis.call('HDEL', number_key, 'failures', 'wait_until', 'locked_until',
      'closed:' .. right.purpose .. ':' .. (generation - 10))
  end
  redis.call('HSET', number_key, 'generation:' .. right.purpose, generation + 1,
    'closed:' .. right.purpose .. ':' .. generation, now)
  extend_ttl(number_key, keep + 600000)
  local answer = { right.id, now, right.purpose, right.reference or '', right.number, right.name, right.test or '' }
  remember_answer(KEYS[9], ARGV[10], ARGV[11], answer)
  table.insert(answer, 1, 'right')
  answer[#answer + 1] = raised
  return answer
end
local most = 0
for _, record in ipairs(open) do
  record.attempts = record.attempts - 1
  most = math.max(most, record.attempts)
  local costs = { 'attempts', record.attempts }
  if places ~= '' then
    costs[3], costs[4] = 'wrong', (record.wrong or '') .. now .. ' ' .. places .. ';'
  end
  redis.call('HSET', record.key, unpack(costs))
  if record.attempts < 1 then
    -- Further guesses are told so until the code would have expired, however short records are kept.
    finish(record, 'locked', math.max(keep, tonumber(record.expires) - now), now)
  end
end
count_failure(number_key, failures, now)
local word, width, left = closest_limit(windows)
for _, window in ipairs(windows) do
  spend(window)
end
return { 'wrong', most, raised, word, width, math.max(0, left - 1) }
