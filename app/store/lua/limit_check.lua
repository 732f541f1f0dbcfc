-- limit_check: several windows that are spent together, or none of them.

-- The window that opens last of all that are full: when, its limit's word and its width; the word is nil, and the
-- moment now, where none is.
local function last_to_open(now, ...)
  local full = { at = now, width = 0 }
  for _, windows in ipairs({ ... }) do
    for _, window in ipairs(windows) do
      local opens, width = room_at(window)
      if opens > full.at then
        full = { at = opens, word = window.word, width = width }
      end
    end
  end
  return full
end

-- Whether one more would spend over four fifths of a rule: somebody is in a hurry, or is no person.
local function is_nearly_spent(windows)
  for _, window in ipairs(windows) do
    for _, rule in ipairs(window.rules) do
      if (rule.used + 1) * 5 > rule.count * 4 then
        return true
      end
    end
  end
  return false
end

-- The rule with the least left, for callers who are told: word, width, left; ("", 0, 0) where nothing is limited.
local function closest_limit(...)
  local word, width, least = '', 0, nil
  for _, windows in ipairs({ ... }) do
    for _, window in ipairs(windows) do
      for _, rule in ipairs(window.rules) do
        local left = math.max(0, rule.count - rule.used)
        if not least or left < least then
          word, width, least = window.word, rule.width, left
        end
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

local function add_address_windows(windows, names, prefix, rules, word, now)
  local line, site = string.match(names, '^(%S+) ?(%S*)')
  if line then
    windows[#windows + 1] = open_window(prefix .. line, rules, now, word)
  end
  if line and site ~= '' then
    windows[#windows + 1] = open_window(prefix .. site, tenfold(rules), now, word)
  end
end

local function give_back_address(names, prefix, rules, at)
  local line, site = string.match(names, '^(%S+) ?(%S*)')
  if line then
    give_back(prefix .. line, rules, at)
  end
  if line and site ~= '' then
    give_back(prefix .. site, tenfold(rules), at)
  end
end
