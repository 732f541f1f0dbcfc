-- limit_check: check several windows that are spent together or not at all.

-- Return the full window that frees up last: the time, its limit's name and its width. If none is full, the name is
-- nil and the time is now.
local function latest_full_window(now, ...)
  local full = { at = now, width = 0 }
  for _, windows in ipairs({ ... }) do
    for _, window in ipairs(windows) do
      local free, width = free_at(window)
      if free > full.at then
        full = { at = free, limit = window.limit, width = width }
      end
    end
  end
  return full
end

-- Return whether one more spends over four fifths of a rule: a sign of automated traffic.
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

-- Return the rule with the least left, for the rate limit headers: limit name, width, left; ("", 0, 0) without limits.
local function closest_limit(...)
  local limit, width, least = '', 0, nil
  for _, windows in ipairs({ ... }) do
    for _, window in ipairs(windows) do
      for _, rule in ipairs(window.rules) do
        local left = math.max(0, rule.count - rule.used)
        if not least or left < least then
          limit, width, least = window.limit, rule.width, left
        end
      end
    end
  end
  return limit, width, least or 0
end

-- The windows of an address: `names` holds one address key, or two for IPv6: its /64, and its /48 with ten times the
-- limit.
local function times_ten(rules)
  return (string.gsub(rules, '(%d+)/', function(count)
    return string.format('%d/', tonumber(count) * 10)
  end))
end

local function add_address_windows(windows, names, prefix, rules, limit, now)
  local narrow, wide = string.match(names, '^(%S+) ?(%S*)')
  if narrow then
    windows[#windows + 1] = open_window(prefix .. narrow, rules, now, limit)
  end
  if narrow and wide ~= '' then
    windows[#windows + 1] = open_window(prefix .. wide, times_ten(rules), now, limit)
  end
end

local function refund_address(names, prefix, rules, at)
  local narrow, wide = string.match(names, '^(%S+) ?(%S*)')
  if narrow then
    refund(prefix .. narrow, rules, at)
  end
  if narrow and wide ~= '' then
    refund(prefix .. wide, times_ten(rules), at)
  end
end
