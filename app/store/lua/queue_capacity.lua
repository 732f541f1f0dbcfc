-- queue_capacity: whether the queue can take another job.
--
-- Over 10,000 jobs, or one older than 60 s, mean that nobody will send in time: better to say so.
-- A job that waits for another try counts, but is young again in its stream: a single number that the
-- vendor does not take must not close the service for everybody.
-- An id of a stream begins with the server's milliseconds, so its age is told by the server's clock.
local function has_capacity(queue, later)
  local waiting = redis.call('XLEN', queue)
  if waiting + redis.call('ZCARD', later) > 10000 then
    return false
  end
  if waiting == 0 then
    return true
  end
  local oldest = redis.call('XRANGE', queue, '-', '+', 'COUNT', 1)[1]
  return read_now('0') - tonumber(string.match(oldest[1], '^%d+')) <= 60000
end
