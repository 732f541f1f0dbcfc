-- take_events: take the events that are due, for each endpoint as many as it has room for.
--
-- A script, because two workers must not take the same event. A taken event is due again when its lease ends, so that
-- the events of a worker that died are sent by another one.
--
-- KEYS[1]  prefix of all keys; those of events are appended
-- facts.now            milliseconds since 1970; 0 for the server's clock
-- facts.rooms          endpoints, each with how many events to take: "shop/1f2e3d4c=8 bank/5a6b7c8d=2"
-- facts.lease          milliseconds until a taken event is due again
--
-- Returns  {{app, endpoint, member of the zset, "" or why the endpoint is switched off, the encrypted number or "",
--          {field, value, …}}, …}
-- include facts
-- include now
-- include event_outbox
local facts = read_facts(ARGV)
local now, taken = read_now(facts.now), {}

for app, endpoint, room in string.gmatch(facts.rooms, '(%S+)/(%w+)=(%d+)') do
  local suffix = app .. ':' .. endpoint
  local due, stream = KEYS[1] .. 'events_due:' .. suffix, KEYS[1] .. 'events:' .. app
  local members = redis.call('ZRANGEBYSCORE', due, '-inf', now, 'LIMIT', 0, room)
  local state = {}
  if #members > 0 then
    state = redis.call('HMGET', KEYS[1] .. 'event_endpoint:' .. suffix, 'off', 'rests_until')
    members = tonumber(state[2] or 0) > now and {} or members
  end
  for _, member in ipairs(members) do
    local id = string.match(member, '^[^/]+')
    local entry = redis.call('XRANGE', stream, id, id)[1]
    if entry then
      local fields, sealed = entry[2], ''
      for i = 1, #fields, 2 do
        if fields[i] == 'name' then
          sealed = redis.call('HGET', KEYS[1] .. 'event_numbers:' .. app .. ':' .. fields[i + 1], id) or ''
        end
      end
      redis.call('ZADD', due, now + tonumber(facts.lease), member)
      taken[#taken + 1] = { app, endpoint, member, state[1] or '', sealed, fields }
    else
      redis.call('ZREM', due, member)
    end
  end
  if #members > 0 then
    keep_events(stream)
    keep_events(due)
  end
end
return taken
