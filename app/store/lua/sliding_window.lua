-- sliding_window: track how much of a limit is spent. Its rules are pairs of a count and milliseconds; a factor
-- multiplies the counts.
--
-- Up to a count of 100, a string stores every time with thirteen digits, oldest first, as many as the largest count and
-- ten more: the limit is free when the count-th newest is a whole window old. This window is exact to the
-- millisecond. A list would take twice the memory, and two calls to write. Larger counts use buckets
-- (bucketed_window), which are at most a sixtieth too strict.
--
-- A window may be coarse: then each time counts until the clock's next full five minutes, so that who polls it does not
-- learn when it was spent. Buckets are as coarse as they are wide; their end is shown coarse.
-- include bucketed_window
local DIGITS, COARSE_MS = 13, 300000
-- A key outlives its window by ten minutes: coarse windows count for five, and no count depends on a TTL.
local SPARE_TTL_MS = 600000

-- Return the clock's next full five minutes; a time that is one already stays.
local function coarse_time(at)
  return math.ceil(at / COARSE_MS) * COARSE_MS
end

local function format_time(at)
  return string.format('%013d', at)
end

-- How the key of a rule's buckets ends, by the rule's width: few widths, many windows.
local bucket_suffixes = {}

local function bucket_key(key, width)
  bucket_suffixes[width] = bucket_suffixes[width] or '/' .. width
  return key .. bucket_suffixes[width]
end

-- The times of each window as this script last read or wrote them, so that a check and its refund read a key once.
local cached_times = {}

local function read_times(key)
  cached_times[key] = cached_times[key] or redis.call('GET', key) or ''
  return cached_times[key]
end

local function write_times(key, times, ...)
  cached_times[key] = times
  if times == '' then
    redis.call('DEL', key)
  else
    redis.call('SET', key, times, ...)
  end
end

-- Return the i-th newest time.
local function nth_newest(times, i)
  return tonumber(string.sub(times, -DIGITS * i, DIGITS - DIGITS * i - 1))
end

-- Count the times that are newer than `time`, up to `most`.
local function count_newer(times, time, most)
  local count = 0
  while count < most and count < #times / DIGITS and nth_newest(times, count + 1) > time do
    count = count + 1
  end
  return count
end

-- Open the window of one value of a limit, whose `rules` are counts and milliseconds in turn. What is spent of it is an
-- `amount` at once. A proven number may use `proven_factor` times the counts, without it all the same: a window counts
-- so far.
local function open_window(limit, value, factor, now, is_coarse, amount)
  local key, rules, states, times, most, widest, is_full = limit.prefix .. value, limit.rules, {}, nil, 0, 0, false
  local counted_at = is_coarse and now - now % COARSE_MS or now
  for i = 1, #rules, 2 do
    local count, width, rule = rules[i] * factor, rules[i + 1], nil
    if count > 100 then
      rule = open_buckets(bucket_key(key, width), width, now, count)
    else
      times = times or read_times(key)
      local used = times == '' and 0 or count_newer(times, counted_at - width, count * (limit.proven_factor or 1))
      rule = { count = count, width = width, used = used }
      most = math.max(most, count, used + 1)
      widest = width > widest and width or widest
    end
    states[#states + 1] = rule
    is_full = is_full or rule.used + amount > count
  end
  return { limit = limit, value = value, key = key, now = now, rules = states, times = times, most = most,
    widest = widest, is_coarse = is_coarse, is_full = is_full, amount = amount }
end

-- Return the time from which one more is allowed, now or later, and the width of the rule that decides. What spends an
-- `amount` of a window is allowed while all of it has room; a proven number has its own count.
local function free_at(window, is_proven)
  local at, width, more = window.now, 0, window.amount - 1
  for _, rule in ipairs(window.rules) do
    local count = rule.count * (is_proven and window.limit.proven_factor or 1)
    if rule.used + more >= count then
      local free = rule.bucket and bucket_free_at(rule, count - more)
        or nth_newest(window.times, count) + rule.width
      free = window.is_coarse and coarse_time(free) or free
      if free > at then
        at, width = free, rule.width
      end
    end
  end
  return at, width
end

local function spend(window)
  if window.times then
    -- Store ten more than are counted: a refund removes a verification's newest times, ten at most.
    window.times = string.sub(window.times .. format_time(window.now), -DIGITS * (window.most + 10))
    write_times(window.key, window.times, 'PX', window.widest + SPARE_TTL_MS)
  end
  for i = 1, #window.rules do
    local rule = window.rules[i]
    if rule.bucket then
      add_to_buckets(rule, window.amount)
    else
      rule.used = rule.used + 1
    end
  end
end

-- Refund one send or guess by its time.
local function refund(key, rules, factor, at)
  for i = 1, #rules, 2 do
    if rules[i] * factor > 100 then
      take_from_buckets(bucket_key(key, rules[i + 1]), rules[i + 1], tonumber(at))
    end
  end
  local times, time = read_times(key), format_time(at)
  for i = #times - DIGITS + 1, 1, -DIGITS do
    if string.sub(times, i, i + DIGITS - 1) == time then
      write_times(key, string.sub(times, 1, i - 1) .. string.sub(times, i + DIGITS), 'KEEPTTL')
      return
    end
  end
end
