-- limit_check: open the windows of several limits, which are spent together or not at all.
--
-- A list of limits is JSON. Each has a `name`, the `fact` whose value names its window, the `prefix` of the window's
-- key, a `device_prefix` for known devices if those have a separate budget, its `rules`, each [count, milliseconds],
-- `is_refunded` if an approval refunds it, and `is_warned` if `limit_warning` reads it. Limits that are off are not in
-- it.
local function read_limits(text)
  return text and cjson.decode(text) or {}
end

-- The values of a fact go from the narrowest to the widest: an IPv6 address has a /64, and a /48 with ten times the
-- limit.
local FACTORS = { 1, 10 }

-- Open the windows of `source`, which is a call or a record: one for each value of each limit's fact. A test number has
-- none.
local function open_windows(limits, source, now)
  local windows = {}
  for _, limit in ipairs(source.test and {} or limits) do
    local prefix, i = source.device and limit.device_prefix or limit.prefix, 0
    for value in string.gmatch(source[limit.fact] or '', '%S+') do
      i = i + 1
      local window = open_window(prefix .. value, limit.rules, FACTORS[i], now, limit.name)
      window.is_warned, window.value = limit.is_warned, value
      windows[#windows + 1] = window
      if limit.fact == 'name' then
        windows.of_number = window
      end
    end
  end
  return windows
end

-- Refund one count of an address, by its time.
local function refund_address(limits, address_keys, at)
  for _, limit in ipairs(limits) do
    if limit.is_refunded then
      local i = 0
      for value in string.gmatch(address_keys, '%S+') do
        i = i + 1
        refund(limit.prefix .. value, limit.rules, FACTORS[i], at)
      end
    end
  end
end

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
local function closest_limit(windows)
  local limit, width, least = '', 0, nil
  for _, window in ipairs(windows) do
    for _, rule in ipairs(window.rules) do
      local left = math.max(0, rule.count - rule.used)
      if not least or left < least then
        limit, width, least = window.limit, rule.width, left
      end
    end
  end
  return limit, width, least or 0
end
