-- limit_warning: find the limits of which this send has spent the first half, or four fifths, and write events of them.
--
-- Each is found once a window: a key stores when it was found last, and is compared with the clock. One more is found,
-- for the log and `otp doctor`: that half of `sends_per_app` was spent by a key whose calls name no address.
-- include endpoints_of_app
local WARNED_PERCENTS = { 50, 80 }

-- Add {limit, app or country, width, percent} for each percentage that the last send from a window has reached.
local function add_limit_warnings(found, prefix, window, rule, now)
  for _, percent in ipairs(WARNED_PERCENTS) do
    local share = rule.count * percent
    if rule.used * 100 >= share and (rule.used - window.amount) * 100 < share then
      local warning = { window.limit.name, window.value, rule.width, percent }
      local key = prefix .. 'limit_warned:' .. table.concat(warning, '/')
      if tonumber(redis.call('GET', key) or 0) + rule.width <= now then
        redis.call('SET', key, now, 'PX', rule.width)
        found[#found + 1] = warning
      end
    end
  end
end

-- Return {{limit, app or country, width, percent}, …} of the windows that were just spent from.
local function find_limit_warnings(prefix, windows, now)
  local found = {}
  for _, window in ipairs(windows) do
    if window.limit.is_warned then
      for _, rule in ipairs(window.rules) do
        if rule.used * 100 >= rule.count * WARNED_PERCENTS[1] then
          add_limit_warnings(found, prefix, window, rule, now)
        end
      end
    end
  end
  return found
end

-- A limit of an app is an event for the app's own endpoints, one of a country for those of all apps.
local function queue_limit_warnings(prefix, operators, warnings, now)
  for _, warning in ipairs(warnings) do
    local limit, value, width, percent = unpack(warning)
    local fact = string.find(limit, '_per_app$') and 'app' or 'country'
    if limit ~= 'sends_without_client_ip' then
      queue_event(prefix, '', endpoints_of_app(operators, fact == 'app' and value or nil), 'limit.warning', now,
        { 'limit', limit, fact, value, 'percent', percent, 'ends', now + width })
    end
  end
end
