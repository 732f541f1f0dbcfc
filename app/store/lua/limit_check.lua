-- limit_check: open the windows of several limits, which are spent together or not at all.
--
-- A list of limits is JSON. Each has a `name`, the `fact` whose value names its window, the `prefix` of the window's
-- key, a `device_prefix` for known devices if those have a separate budget, its `rules`, each [count, milliseconds],
-- `is_refunded` if an approval refunds it, `is_warned` if `limit_warning` reads it, and `is_money` if it counts the cost
-- of each SMS. Limits that are off are not in
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
      window.amount = limit.is_money and tonumber(source.cost or 0) or 1
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
      if (rule.used + window.amount) * 5 > rule.count * 4 then
        return true
      end
    end
  end
  return false
end

-- Return the rule with the fewest SMS left, for the rate limit headers: limit name, width, and what is left, of money in
-- millionths; ("", 0, 0) without limits.
local function closest_limit(windows)
  local limit, width, least, fewest = '', 0, 0, math.huge
  for _, window in ipairs(windows) do
    for _, rule in ipairs(window.rules) do
      local left = math.max(0, rule.count - rule.used)
      local sends = math.floor(left / math.max(1, window.amount))
      if sends < fewest then
        limit, width, least, fewest = window.limit, rule.width, left, sends
      end
    end
  end
  return limit, width, least
end
