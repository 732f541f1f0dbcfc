-- queue_due_events: write the events of verifications that have expired, and of a failure watch that has ended.
--
-- A script, because several workers call it at the same time, and each event must be written only once. What an
-- approval, a check or its app has ended is no event here.
--
-- KEYS[1]  event_timers   zset of verifications, by when they expire, and "watch" by when the failure watch ends
-- KEYS[2]  prefix of all keys; those of events are appended
-- facts.now            milliseconds since 1970; 0 for the server's clock
-- facts.operators      endpoints that want events of limits or of the failure watch, as `event_outbox` reads them
--
-- Returns  how many entries were read, 100 at most
-- include facts
-- include now
-- include verification_state
-- include event_outbox
-- include verification_event
-- include bucketed_window
-- include watch_event
local facts = read_facts(ARGV)
local now = read_now(facts.now)

-- End the watch if no check has kept it raised for ten minutes; else set the timer again.
local function end_watch_when_due()
  local raised_at = tonumber(redis.call('GET', KEYS[2] .. 'failure_watch') or 0)
  if raised_at + WATCHED_MS > now then
    set_watch_timer(KEYS[2], facts.operators, true, raised_at)
    return
  end
  redis.call('DEL', KEYS[2] .. 'failure_watch')
  local counts = { checked = open_buckets(KEYS[2] .. 'watch_checks', WATCHED_MS, now).used,
    failed = open_buckets(KEYS[2] .. 'watch_failures', WATCHED_MS, now).used }
  queue_watch_event(KEYS[2], facts.operators, 'ended', counts, now)
end

local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 100)

for _, id in ipairs(due) do
  redis.call('ZREM', KEYS[1], id)
  if id == WATCH_TIMER then
    end_watch_when_due()
  else
    local record = read_fields(KEYS[2] .. 'verification:' .. id, 'app', 'status', 'ended', 'expires', 'generation',
      'name', 'purpose', 'events')
    if record then
      local state, ended = state_of(record, KEYS[2] .. 'number:' .. record.app .. ':' .. record.name, now)
      if state == 'expired' and is_wanted(record.events, 'verification.expired') then
        queue_verification_event(KEYS[2], 'expired', id, state, ended, now)
      end
    end
  end
end
return #due
