-- limit_check: open the windows of several limits, which are spent together or not at all.
--
-- A list of limits is JSON; app/store/limit_facts.py writes it, without those that are off. Each has a `name`, the
-- `fact` whose value names its window, the `prefix` of the window's key, and its `rules`, counts and milliseconds in turn.
-- `callers` are the kinds of caller that it counts, without it all; `is_test` if it counts test numbers, and nothing
-- else does; `is_refunded` if an approval refunds it; `is_warned` if `limit_warning` reads it; `is_money` if it counts
-- the cost of each SMS; a proven number may use `proven_factor` times its counts. `share_rules` is how many rules are a
-- share of an app's limit; more are its part of an hour.
-- `is_counted_only` if it never refuses.
-- include sliding_window
local function read_limits(text)
  return text and cjson.decode(text) or {}
end

-- The values of an address go from the narrowest to the widest: an IPv6 address has a /64, a /48 and a /40. Those of
-- another fact are equal.
local FACTORS = { 1, 10, 30 }

local function counts_caller(limit, caller)
  return not limit.callers or (caller and string.find(limit.callers, caller, 1, true) ~= nil)
end

-- Open the windows of `source`, which is a call or a record: one for each value of each limit's fact. Those of its
-- number are coarse for a publishable key, which must not learn when the number last asked.
local function open_windows(limits, source, now, is_public)
  local windows = {}
  for _, limit in ipairs(limits) do
    local caller, i = limit.share_rules and source.share_caller or source.caller, 0
    if (limit.is_test ~= nil) == (source.test ~= nil) and counts_caller(limit, caller) then
      for value in string.gmatch(source[limit.fact] or '', '%S+') do
        i = i + 1
        local amount = limit.is_money and tonumber(source.cost or 0) or 1
        local factor = limit.fact == 'address_keys' and FACTORS[i] or 1
        windows[#windows + 1] = open_window(limit, value, factor, now, limit.fact == 'name' and is_public, amount)
      end
    end
  end
  return windows
end

local function spend_all(windows)
  for _, window in ipairs(windows) do
    spend(window)
  end
end

-- Refund one count of an address, by its time, in the limits that count this kind of caller.
local function refund_address(limits, caller, address_keys, at)
  for _, limit in ipairs(limits) do
    if limit.is_refunded and counts_caller(limit, caller) then
      local i = 0
      for value in string.gmatch(address_keys, '%S+') do
        i = i + 1
        refund(limit.prefix .. value, limit.rules, FACTORS[i], at)
      end
    end
  end
end

-- Return the full window that frees up last: the time, its limit's name and its width. If none is full, the name is
-- nil and the time is now. A proven number may use some windows further.
local function latest_full_window(now, windows, is_proven)
  local full = { at = now, width = 0 }
  for _, window in ipairs(windows) do
    if window.is_full and not window.limit.is_counted_only then
      local free, width = free_at(window, is_proven)
      if free > full.at then
        full = { at = free, limit = window.limit.name, width = width }
      end
    end
  end
  return full
end

-- Return whether one more spends over four fifths of a rule, or half of what strangers may spend of an app's limit is
-- spent: a sign of automated traffic.
local function looks_automated(windows, caller)
  for _, window in ipairs(windows) do
    local share_rules = window.limit.share_rules
    for i, rule in ipairs(window.limit.is_counted_only and {} or window.rules) do
      if share_rules then
        if caller == 'stranger' and i <= share_rules and rule.used * 2 >= rule.count then
          return true
        end
      elseif (rule.used + window.amount) * 5 > rule.count * 4 then
        return true
      end
    end
  end
  return false
end

-- Return the rule with the fewest SMS left, for the rate limit headers: limit name, width, and what is left, of money in
-- millionths; ("", 0, 0) without limits, and for a publishable key, which gets no such headers. Shares are not among the
-- policies of these headers.
local function closest_limit(windows, is_public)
  local limit, width, least, fewest = '', 0, 0, math.huge
  for _, window in ipairs(is_public and {} or windows) do
    if not (window.limit.share_rules or window.limit.is_counted_only) then
      local amount = window.amount
      for i = 1, #window.rules do
        local rule = window.rules[i]
        local left = rule.count - rule.used
        left = left > 0 and left or 0
        local sends = amount > 1 and math.floor(left / amount) or left
        if sends < fewest then
          limit, width, least, fewest = window.limit.name, rule.width, left, sends
        end
      end
    end
  end
  return limit, width, least
end
