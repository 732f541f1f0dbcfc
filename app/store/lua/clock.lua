-- clock: what time it is, in milliseconds since 1970.
--
-- The server's own time, so that all machines agree; a test gives another.
local function clock(given)
  local now = tonumber(given)
  if now > 0 then
    return now
  end
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end
