-- limits: several windows that are spent together, or none of them.

-- The window that opens last of those that are full: when, its limit's word and its width; or nil.
local function fullest(windows, now)
  local at, word, width = now, nil, 0
  for _, window in ipairs(windows) do
    local opens, wide = room_at(window)
    if opens > at then
      at, word, width = opens, window.word, wide
    end
  end
  return word and { at = at, word = word, width = width }
end

-- Whether one more would spend over four fifths of a rule: somebody is in a hurry, or is no person.
local function is_near(windows)
  for _, window in ipairs(windows) do
    for _, rule in ipairs(window.rules) do
      if (used(window, rule) + 1) * 5 > rule.count * 4 then
        return true
      end
    end
  end
  return false
end

-- The rule with the least left, for callers who are told: word, width, left; ("", 0, 0) where nothing is limited.
local function tightest(windows)
  local word, width, least = '', 0, nil
  for _, window in ipairs(windows) do
    for _, rule in ipairs(window.rules) do
      local left = math.max(0, rule.count - used(window, rule))
      if not least or left < least then
        word, width, least = window.word, rule.width, left
      end
    end
  end
  return word, width, least or 0
end

-- The windows of an address: `names` are one place, or for IPv6 two: its /64, and at ten times the figure its /48.
local function tenfold(rules)
  return (string.gsub(rules, '(%d+)/', function(count)
    return string.format('%d/', tonumber(count) * 10)
  end))
end

local function add_places(windows, names, prefix, rules, word, now)
  for name in string.gmatch(names, '%S+') do
    windows[#windows + 1] = open_window(prefix .. name, rules, now, word)
    rules = tenfold(rules)
  end
end

local function give_back_places(names, prefix, rules, at)
  for name in string.gmatch(names, '%S+') do
    give_back(prefix .. name, rules, at)
    rules = tenfold(rules)
  end
end
