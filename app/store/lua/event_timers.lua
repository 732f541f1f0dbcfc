-- event_timers: remember which verifications will be events when they expire, since no script runs at that moment.
--
-- Workers read the list by time. It holds at most a million; one more is not added, and counted as a dropped event.
local EXPIRED_KEEP_MS = 600000 -- a record stays for so long at least, since its event is written by a worker
local MAX_TIMERS = 1000000

local function add_event_timer(prefix, app, id, at)
  local timers = prefix .. 'event_timers'
  if redis.call('ZCARD', timers) < MAX_TIMERS then
    redis.call('ZADD', timers, at, id)
  else
    redis.call('HINCRBY', prefix .. 'event_counts', app, 1)
  end
end
