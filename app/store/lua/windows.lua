-- windows: the limit of a number, `count/milliseconds,…`; protects its owner from a flood of SMS.
--
-- What was spent is a list of times, oldest first, as long as the largest count. A rule has room
-- when its count-th newest time is a whole window old: a sliding window, exact to the millisecond.
local function room_at(times, rules, now)
  local at = now
  for count, width in string.gmatch(rules, '(%d+)/(%d+)') do
    local oldest = times[#times - tonumber(count) + 1]
    if oldest then
      at = math.max(at, tonumber(oldest) + tonumber(width))
    end
  end
  return at
end

local function spend(key, times, rules, now)
  local most, widest = 0, 0
  for count, width in string.gmatch(rules, '(%d+)/(%d+)') do
    most, widest = math.max(most, tonumber(count)), math.max(widest, tonumber(width))
  end
  if most > 0 then
    redis.call('RPUSH', key, now)
    redis.call('LTRIM', key, -most, -1)
    redis.call('PEXPIRE', key, widest)
  end
end

-- The earliest moment for the next send: after the cooldown, which doubles with each send, and when
-- the number has room; 0 when none is left or it would come within the last 30 s of the code.
local function resend_at(times, rules, now, sent, left, cooldown, expires)
  local at = math.max(room_at(times, rules, now), now + cooldown * 2 ^ (sent - 1))
  if left < 1 or at > expires - 30000 then
    return 0
  end
  return at
end
