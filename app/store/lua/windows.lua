-- windows: what a limit allows, `count/milliseconds,…`, and what of it is spent.
--
-- Up to a count of 100 the moments are kept one by one, oldest first, in a list as long as the
-- largest count: there is room when the count-th newest is a whole window old. A sliding window,
-- exact to the millisecond. Above that see slices: at most a sixtieth too strict.
-- include slices

-- How many of the last moments, `most` of them at most, are newer than one.
local function newer_than(times, moment, most)
  local count = 0
  while count < most and count < #times and tonumber(times[#times - count]) > moment do
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
      times = times or redis.call('LRANGE', key, -100, -1)
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
      local opens = rule.slice and slices_below(rule, rule.count)
        or tonumber(window.times[#window.times - rule.count + 1]) + rule.width
      if opens > at then
        at, width = opens, rule.width
      end
    end
  end
  return at, width
end

local function spend(window)
  if window.times then
    local length = redis.call('RPUSH', window.key, window.now)
    -- Ten more than are looked at: whoever takes their own back takes the newest, and one verification has ten at most.
    if length > window.most + 10 then
      redis.call('LTRIM', window.key, -window.most - 10, -1)
    end
    redis.call('PEXPIRE', window.key, window.widest)
    window.times[#window.times + 1] = window.now
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
  redis.call('LREM', key, -1, at)
end
