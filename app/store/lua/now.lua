-- now: what time it is, in milliseconds since 1970.
--
-- The server's own time, so that all machines agree; a test gives another. It is asked once: while a
-- script runs, no time passes for it.
local server_time
local function read_now(given)
  local now = tonumber(given)
  if now > 0 then
    return now
  end
  if not server_time then
    local time = redis.call('TIME')
    server_time = time[1] * 1000 + math.floor(time[2] / 1000)
  end
  return server_time
end
