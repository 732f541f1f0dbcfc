-- queue_due_events: write the events of verifications that have expired, and of a failure watch that has ended.
--
-- A script, because several workers call it at the same time, and each event must be written only once. What an
-- approval, a check or its app has ended is no event here.
--
-- KEYS[1]  event_timers   zset of verifications, by when they expire, and "watch" or "watch/<app>" by when that failure
--                         watch ends
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

-- End the watch of an app, or of all apps without one, if no check has kept it raised for ten minutes; else set the
-- timer again.
local function end_watch_when_due(app)
  local key = KEYS[2] .. WATCHED_CHECKS .. (app and ':' .. app or '')
  local raised_at = tonumber(redis.call('HGET', key, 'raised') or 0)
  if is_raised_at(raised_at, now) then
    set_watch_timer(KEYS[2], facts.operators, app, true, raised_at)
    return
  end
  redis.call('HDEL', key, 'raised')
  queue_watch_event(KEYS[2], facts.operators, app, 'ended', watched_counts(open_buckets(key, WATCHED_MS, now)), now)
end

local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 100)

for _, id in ipairs(due) do
  redis.call('ZREM', KEYS[1], id)
  if id == WATCH_TIMER or string.sub(id, 1, #WATCH_TIMER + 1) == WATCH_TIMER .. '/' then
    end_watch_when_due(string.match(id, '/(.*)$'))
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
