-- watch_event: write an event when the failure watch is raised or ends, for the endpoints of all apps that want it.
--
-- The watch also ends when ten minutes pass without a check, and then no check notices: a timer does.
-- include watch_window
local WATCH_TIMER = 'watch'

local function queue_watch_event(prefix, operators, word, counts, now)
  if operators then
    queue_event(prefix, '', operators, 'watch.' .. word, now, { 'checked', counts.checked, 'failed', counts.failed })
  end
end

-- Set the timer while the watch is raised, and delete it when it ends.
local function set_watch_timer(prefix, operators, is_raised_now, now)
  if operators and is_raised_now then
    redis.call('ZADD', prefix .. 'event_timers', now + WATCHED_MS, WATCH_TIMER)
  elseif operators then
    redis.call('ZREM', prefix .. 'event_timers', WATCH_TIMER)
  end
end
