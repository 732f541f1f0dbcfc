-- watch_event: write an event when the failure watch is raised or ends: that of an app for its own endpoints, that of
-- all apps for the endpoints of each.
--
-- The watch also ends when ten minutes pass without a check, and then no check notices: a timer does.
-- include watch_window
-- include endpoints_of_app
local WATCH_TIMER = 'watch'

-- `app` is nil for the watch of all apps.
local function queue_watch_event(prefix, operators, app, word, counts, now)
  if operators then
    local fields = { 'checked', counts.checked, 'failed', counts.failed, app and 'app' or nil, app }
    queue_event(prefix, '', endpoints_of_app(operators, app), 'watch.' .. word, now, fields)
  end
end

-- Set the timer while the watch is raised, and delete it when it ends.
local function set_watch_timer(prefix, operators, app, is_raised_now, now)
  local timer = WATCH_TIMER .. (app and '/' .. app or '')
  if operators and is_raised_now then
    redis.call('ZADD', prefix .. 'event_timers', now + WATCHED_MS, timer)
  elseif operators then
    redis.call('ZREM', prefix .. 'event_timers', timer)
  end
end
