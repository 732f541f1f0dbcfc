-- queue_capacity: check whether the queue accepts another job.
--
-- With over 10,000 jobs, or one older than 60 s, the SMS would be sent too late, so the request is refused.
-- A delayed job counts, but gets a new age when it returns to its stream: one number that the vendor
-- does not accept must not block all requests. A stream id begins with the server's milliseconds, so a
-- job's age is measured by the server's clock.
local function has_capacity(queue, later)
  if redis.call('XLEN', queue) + redis.call('ZCARD', later) > 10000 then
    return false
  end
  local before = string.format('%d', read_now() - 60001)
  return #redis.call('XRANGE', queue, '-', before, 'COUNT', 1) == 0
end
