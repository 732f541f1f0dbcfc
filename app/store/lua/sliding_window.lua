-- sliding_window: what a limit allows, `count/milliseconds,…`, and what of it is spent.
--
-- Up to a count of 100 the moments are kept one by one, oldest first, in a string of thirteen digits each, as many as
-- the largest count: there is room when the count-th newest is a whole window old. A sliding window, exact to the
-- millisecond. A list would take twice the memory, and two calls to write. Above that see slices: at most a sixtieth
-- too strict.
-- include bucketed_window
local DIGITS = 13

local function write_moment(at)
  return string.format('%013.0f', at)
end

-- What each window holds, as this script read or left it: who guessed wrong and then right is looked up once.
local known = {}

local function times_of(key)
  known[key] = known[key] or redis.call('GET', key) or ''
  return known[key]
end

local function keep_times(key, times, ...)
  known[key] = times
  if times == '' then
    redis.call('DEL', key)
  else
    redis.call('SET', key, times, ...)
  end
end

-- The i-th newest of some moments.
local function newest(times, i)
  return tonumber(string.sub(times, -DIGITS * i, DIGITS - DIGITS * i - 1))
end

-- How many of the last moments, `most` of them at most, are newer than one.
local function newer_than(times, moment, most)
  local count = 0
  while count < most and count < #times / DIGITS and newest(times, count + 1) > moment do
    count = count + 1
  end
  return count
end

local function open_window(key, rules, now, word)
  local opened, times, most, widest = {}, nil, 0, 0
  for count, width in string.gmatch(rules, '(%d+)/(%d+)') do
    count, width = tonumber(count), tonumber(width)
    if count > 100 then
      opened[#opened + 1] = open_slices(key .. '/' .. width, width, now, count)
    else
      times = times or times_of(key)
      most, widest = math.max(most, count), math.max(widest, width)
      opened[#opened + 1] = { count = count, width = width, used = newer_than(times, now - width, count) }
    end
  end
  return { key = key, now = now, word = word, rules = opened, times = times, most = most, widest = widest }
end

-- The moment from which one more fits, now or later, and the width of the rule that says so.
local function room_at(window)
  local at, width = window.now, 0
  for _, rule in ipairs(window.rules) do
    if rule.used >= rule.count then
      local opens = rule.slice and slices_below(rule, rule.count) or newest(window.times, rule.count) + rule.width
      if opens > at then
        at, width = opens, rule.width
      end
    end
  end
  return at, width
end

local function spend(window)
  if window.times then
    -- Ten more than are looked at: whoever takes their own back takes the newest, and one verification has ten at most.
    window.times = string.sub(window.times .. write_moment(window.now), -DIGITS * (window.most + 10))
    keep_times(window.key, window.times, 'PX', window.widest)
  end
  for _, rule in ipairs(window.rules) do
    if rule.slice then
      add_to_slices(rule)
    else
      rule.used = rule.used + 1
    end
  end
end

-- Give one back that was spent at a moment.
local function give_back(key, rules, at)
  for count, width in string.gmatch(rules, '(%d+)/(%d+)') do
    if tonumber(count) > 100 then
      take_from_slices(key .. '/' .. width, tonumber(width), tonumber(at))
    end
  end
  local times, moment = times_of(key), write_moment(at)
  for i = #times - DIGITS + 1, 1, -DIGITS do
    if string.sub(times, i, i + DIGITS - 1) == moment then
      keep_times(key, string.sub(times, 1, i - 1) .. string.sub(times, i + DIGITS), 'KEEPTTL')
      return
    end
  end
end
