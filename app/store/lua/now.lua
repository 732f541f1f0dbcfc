-- now: the current time, in milliseconds since 1970.
--
-- It is the server's clock, so that all machines agree; tests pass another time. The script reads it
-- once: time does not advance while a script runs.
local server_time
local function read_now(given)
  local now = tonumber(given or 0)
  if now > 0 then
    return now
  end
  if not server_time then
    local time = redis.call('TIME')
    server_time = time[1] * 1000 + math.floor(time[2] / 1000)
  end
  return server_time
end
