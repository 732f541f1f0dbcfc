-- queue_capacity: check whether the queue accepts another job.
--
-- With over 10,000 jobs, or one older than 60 s, the SMS would be sent too late, so the request is refused.
-- A delayed job counts, but gets a new age when it returns to its stream: one number that the vendor
-- does not accept must not block all requests. A stream id begins with the server's milliseconds, so a
-- job's age is measured by the server's clock.
local function has_capacity(queue, later)
  local waiting = redis.call('XLEN', queue)
  if waiting + redis.call('ZCARD', later) > 10000 then
    return false
  end
  if waiting == 0 then
    return true
  end
  local oldest = redis.call('XRANGE', queue, '-', '+', 'COUNT', 1)[1]
  return read_now() - tonumber(string.match(oldest[1], '^%d+')) <= 60000
end
