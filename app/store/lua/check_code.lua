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
--
-- KEYS[1]  number         prefix; the record's name completes it
-- KEYS[2]  sends          prefix; likewise
-- KEYS[i]  verification   hash, and behind it its secret; from 3 on, a pair for each candidate
-- ARGV[1]  now            milliseconds since 1970; 0 for the server's clock
-- ARGV[2]  app            whose key asked
-- ARGV[3]  purposes       that are allowed or asked for: ",login,"; "" for all
-- ARGV[4]  rules          of the number's limit
-- ARGV[5]  keep           after the end, milliseconds
-- ARGV[6]  keys           how many are in rotation
-- ARGV[j]  guess          from 7 on, for each candidate and each key: key id, digest
--
-- Returns  {"right", now, which, purpose, reference, sealed, name, test} | {"wrong", attempts_left}
--          | {"spent", now, retry_at} | {"unknown key"} | {"gone"}
-- include clock
-- include windows
-- include standing
-- include failures
local now, keep, rotation = clock(ARGV[1]), tonumber(ARGV[5]), tonumber(ARGV[6])

-- Whether the guess fits a secret; nil where none of our keys made it.
local function fits(secret, candidate)
  for key = 1, rotation do
    local j = 7 + ((candidate - 1) * rotation + key - 1) * 2
    local id = ARGV[j] .. ':'
    if string.sub(secret, 1, #id) == id then
      return string.sub(secret, #id + 17) == ARGV[j + 1]
    end
  end
  return nil
end

local open, number, right, strange = {}, nil, nil, false
for i = 3, #KEYS, 2 do
  local record = fields(KEYS[i], 'app', 'purpose', 'status', 'ended', 'expires', 'generation', 'name', 'attempts',
    'number', 'reference', 'test')
  if record and record.app == ARGV[2]
      and (ARGV[3] == '' or string.find(ARGV[3], ',' .. record.purpose .. ',', 1, true)) then
    local state = standing(record, KEYS[1] .. record.name, now)
    record.key, record.secret, record.which = KEYS[i], KEYS[i + 1], (i - 1) / 2
    if state == 'pending' then
      local verdict = fits(redis.call('GET', record.secret) or '', record.which)
      number = record
      if verdict == nil then
        strange = true
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
local failures = failures_of(number_key, now)
if #open == 0 and strange and failures.locked_until <= now then
  return { 'unknown key' }
end
if failures.locked_until > now or #open == 0 then
  local times = redis.call('LRANGE', KEYS[2] .. number.name, 0, -1)
  return { 'spent', now, math.max(failures.wait_until, failures.locked_until, room_at(times, ARGV[4], now)) }
end

local function finish(record, status, lives)
  redis.call('HSET', record.key, 'status', status, 'ended', now)
  redis.call('PEXPIRE', record.key, lives)
  redis.call('DEL', record.secret)
end

if right then
  redis.call('HINCRBY', right.key, 'attempts', -1)
  finish(right, 'approved', keep)
  local generation = tonumber(right.generation)
  redis.call('HDEL', number_key, 'failures', 'wait_until', 'locked_until',
    'closed:' .. right.purpose .. ':' .. (generation - 10))
  redis.call('HSET', number_key, 'generation:' .. right.purpose, generation + 1,
    'closed:' .. right.purpose .. ':' .. generation, now)
  outlive(number_key, keep + 600000)
  return { 'right', now, right.which, right.purpose, right.reference or '', right.number, right.name,
    right.test or '' }
end
local most = 0
for _, record in ipairs(open) do
  local left = redis.call('HINCRBY', record.key, 'attempts', -1)
  most = math.max(most, left)
  if left < 1 then
    -- Further guesses are told so until the code would have expired, however short records are kept.
    finish(record, 'locked', math.max(keep, tonumber(record.expires) - now))
  end
end
count_failure(number_key, failures, now)
return { 'wrong', most }
