-- windows: what a limit allows, `count/milliseconds,…`, and what of it is spent.
--
-- Up to a count of 100 the moments are kept one by one, oldest first, in a list as long as the
-- largest count: there is room when the count-th newest is a whole window old. A sliding window,
-- exact to the millisecond. Above that see slices: at most a sixtieth too strict.
-- include slices

-- How many of the last moments, `most` of them at most, are newer than one.
local function newer_than(times, moment, most)
  local count = 0
  for i = #times, math.max(1, #times - most + 1), -1 do
    if tonumber(times[i]) <= moment then
      break
    end
    count = count + 1
  end
  return count
end

local function open_window(key, rules, now, word)
  local window = { key = key, now = now, word = word, rules = {}, most = 0, widest = 0 }
  for count, width in string.gmatch(rules, '(%d+)/(%d+)') do
    local rule = { count = tonumber(count), width = tonumber(width) }
    if rule.count <= 100 then
      window.most, window.widest = math.max(window.most, rule.count), math.max(window.widest, rule.width)
    else
      rule.slices = open_slices(key .. '/' .. width, rule.width, now)
    end
    window.rules[#window.rules + 1] = rule
  end
  window.times = window.most > 0 and redis.call('LRANGE', key, -window.most, -1) or {}
  for _, rule in ipairs(window.rules) do
    rule.used = rule.slices and rule.slices.sum or newer_than(window.times, now - rule.width, rule.count)
  end
  return window
end

-- The moment from which one more fits, now or later, and the width of the rule that says so.
local function room_at(window)
  local at, width = window.now, 0
  for _, rule in ipairs(window.rules) do
    if rule.used >= rule.count then
      local opens = rule.slices and slices_below(rule.slices, rule.count)
        or tonumber(window.times[#window.times - rule.count + 1]) + rule.width
      if opens > at then
        at, width = opens, rule.width
      end
    end
  end
  return at, width
end

local function spend(window)
  if window.most > 0 then
    redis.call('RPUSH', window.key, window.now)
    -- Ten more than are looked at: whoever takes their own back takes the newest, and one verification has ten at most.
    redis.call('LTRIM', window.key, -window.most - 10, -1)
    redis.call('PEXPIRE', window.key, window.widest)
    window.times[#window.times + 1] = window.now
  end
  for _, rule in ipairs(window.rules) do
    rule.used = rule.used + 1
    if rule.slices then
      add_to_slices(rule.slices)
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
  redis.call('LREM', key, -1, at)
end
