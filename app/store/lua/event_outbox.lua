-- event_outbox: write an event for each endpoint that wants its type, in the script that makes the change.
--
-- Each app has one stream of events that wait, one entry for each endpoint, and each endpoint a zset of its entries by
-- when they are due. At most 100,000 wait for an app: the oldest are dropped and counted. What was written is deleted
-- after five days without a delivery: longer than any event waits for its last try.
--
-- `wants` lists endpoints, separated by spaces: an id, "=" (or "+" where the endpoint gets whole numbers), and a letter
-- for each type. An app and "/" stand before the id where it is not the app of the record.
local EVENT_VERSION = 1
local MAX_EVENTS = 100000
local EVENT_TTL_MS = 5 * 86400000
local EVENT_LETTERS = {
  ['verification.requested'] = 'r', ['verification.approved'] = 'a', ['verification.expired'] = 'x',
  ['verification.canceled'] = 'c', ['verification.locked'] = 'l',
  ['message.sent'] = 's', ['message.delivered'] = 'd', ['message.failed'] = 'f',
  ['limit.warning'] = 'w', ['watch.raised'] = 'u', ['watch.ended'] = 'e',
  ['guard.challenged'] = 'g', ['guard.blocked'] = 'b',
}

local function is_wanted(wants, type)
  return wants and type and string.find(wants .. ' ', EVENT_LETTERS[type] .. '%a* ') ~= nil
end

-- Keep the events of an app, or when those of an endpoint are due, for five days from now.
local function keep_events(key)
  redis.call('PEXPIRE', key, EVENT_TTL_MS)
end

-- Delete the oldest event of an app. Its tries are not known here, so each name that it may have is deleted.
local function drop_oldest_event(prefix, app, stream)
  local oldest = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
  local id, fields, members = oldest[1], {}, {}
  for i = 1, #oldest[2], 2 do
    fields[oldest[2][i]] = oldest[2][i + 1]
  end
  for tries = 0, 9 do
    members[#members + 1] = id .. '/' .. tries
  end
  redis.call('XDEL', stream, id)
  redis.call('ZREM', prefix .. 'events_due:' .. app .. ':' .. (fields.endpoint or ''), unpack(members))
  if fields.name then
    redis.call('HDEL', prefix .. 'event_numbers:' .. app .. ':' .. fields.name, id)
  end
  redis.call('HINCRBY', prefix .. 'event_counts', app, 1)
end

-- Write an event for one endpoint; `sealed` is the encrypted number that it is sent whole, if any.
local function add_event(prefix, app, endpoint, entry, name, sealed, now)
  local stream, due = prefix .. 'events:' .. app, prefix .. 'events_due:' .. app .. ':' .. endpoint
  local id = redis.call('XADD', stream, '*', unpack(entry))
  redis.call('ZADD', due, now, id .. '/0')
  keep_events(due)
  if sealed then
    local numbers = prefix .. 'event_numbers:' .. app .. ':' .. name
    redis.call('HSET', numbers, id, sealed)
    redis.call('PEXPIRE', numbers, EVENT_TTL_MS)
  end
  local waiting = redis.call('XLEN', stream)
  if waiting == 1 then
    keep_events(stream)
  end
  for _ = MAX_EVENTS + 1, waiting do
    drop_oldest_event(prefix, app, stream)
  end
end

-- Write an event for each endpoint that wants it. `fields` is a list of names and values. A `number` has the name and
-- the encrypted number of the record, which only endpoints that get whole numbers are sent. Its delivery continues the
-- trace of the call that caused it, `traceparent`, if any.
local function queue_event(prefix, app_of_record, wants, type, now, fields, number, traceparent)
  for target, mark, letters in string.gmatch(wants, '(%S-)([=+])(%a+)') do
    if string.find(letters, EVENT_LETTERS[type], 1, true) then
      local app, endpoint = string.match(target, '^(.*)/(.*)$')
      app, endpoint = app or app_of_record, endpoint or target
      local whole = number and mark == '+' and number or {}
      local entry = { 'version', EVENT_VERSION, 'type', type, 'at', now, 'endpoint', endpoint, unpack(fields) }
      for name, value in pairs({ name = whole.name, traceparent = traceparent or nil }) do
        entry[#entry + 1], entry[#entry + 2] = name, value
      end
      add_event(prefix, app, endpoint, entry, whole.name, whole.sealed, now)
    end
  end
end
