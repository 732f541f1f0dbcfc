-- replay_event: queue a dead event again, with all its tries, and switch its endpoint on.
--
-- A script, because two operators may replay at the same time, and the event must be queued only once.
--
-- KEYS[1]  prefix of all keys; those of events are appended
-- KEYS[2]  events_dead    stream
-- facts.now            milliseconds since 1970; 0 for the server's clock
-- facts.id             id of the dead event
--
-- Returns  {"replayed"} | {"gone"}
-- include facts
-- include now
-- include event_outbox
local facts = read_facts(ARGV)
local now = read_now(facts.now)
local letter = redis.call('XRANGE', KEYS[2], facts.id, facts.id)[1]
if not letter then
  return { 'gone' }
end
local entry, values = {}, {}
for i = 1, #letter[2], 2 do
  local field, value = letter[2][i], letter[2][i + 1]
  values[field] = value
  if string.sub(field, 1, 7) ~= 'buried:' then
    entry[#entry + 1], entry[#entry + 2] = field, value
  end
end
local app, endpoint, name = values['buried:app'], values.endpoint, values.name
local numbers = KEYS[1] .. 'event_numbers:' .. app .. ':' .. (name or '')
local sealed = name and redis.call('HGET', numbers, values['buried:id']) or nil

redis.call('XDEL', KEYS[2], facts.id)
redis.call('HDEL', KEYS[1] .. 'event_endpoint:' .. app .. ':' .. endpoint, 'off', 'off_at', 'failing_since', 'why',
  'rests_until')
if sealed then
  redis.call('HDEL', numbers, values['buried:id'])
end
add_event(KEYS[1], app, endpoint, entry, name, sealed, now)
return { 'replayed' }
