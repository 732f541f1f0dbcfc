-- settle_event: store the outcome of one try to deliver an event, for the event and for its endpoint.
--
-- A script, because a worker whose lease ended must not settle what another worker has taken; and because between the
-- steps a crash would lose the event.
--
-- KEYS[1]  prefix of all keys; those of events are appended
-- KEYS[2]  events_dead     stream, 10,000 at most
-- facts.now            milliseconds since 1970; 0 for the server's clock
-- facts.app            app of the endpoint
-- facts.endpoint       id of the endpoint
-- facts.member         the event in the zset: its stream id, "/" and how often it was tried
-- facts.outcome        "delivered", "failed", "released" for one that was not tried, or "unwanted"
-- facts.why            why it failed
-- facts.wait           milliseconds until the next try; without it, it is buried
-- facts.rest           milliseconds for which the endpoint gets nothing
-- facts.off            "gone" if the endpoint asked for no more events
-- facts.patience       milliseconds of failures after which an endpoint is switched off
--
-- Returns  {"delivered" | "waits" | "buried" | "released" | "unwanted", "" or why the endpoint was just switched off}
--          | {"gone"}
-- include facts
-- include now
local facts = read_facts(ARGV)
local now = read_now(facts.now)
local suffix = facts.app .. ':' .. facts.endpoint
local stream, due = KEYS[1] .. 'events:' .. facts.app, KEYS[1] .. 'events_due:' .. suffix
local state_key = KEYS[1] .. 'event_endpoint:' .. suffix
local id, tries = string.match(facts.member, '^([^/]+)/(%d+)$')
local entry = redis.call('ZSCORE', due, facts.member) and redis.call('XRANGE', stream, id, id)[1]
if not entry then
  return { 'gone' }
end
local fields = {}
for i = 1, #entry[2], 2 do
  fields[entry[2][i]] = entry[2][i + 1]
end
local state = redis.call('HMGET', state_key, 'off', 'failing_since')
local failing_since, off = tonumber(state[2] or now), ''
if facts.outcome == 'failed' and not state[1] then
  off = facts.off or (now - failing_since >= tonumber(facts.patience) and 'failing') or ''
end

if facts.outcome == 'released' then
  redis.call('ZADD', due, now, facts.member)
  return { 'released', '' }
end
redis.call('ZREM', due, facts.member)
if facts.outcome == 'failed' then
  if not state[1] then
    redis.call('HSET', state_key, 'failing_since', failing_since, 'why', facts.why)
  end
  if facts.rest then
    redis.call('HSET', state_key, 'rests_until', now + tonumber(facts.rest))
  end
  if off ~= '' then
    redis.call('HSET', state_key, 'off', off, 'off_at', now)
  end
  if facts.wait and off == '' then
    redis.call('ZADD', due, now + tonumber(facts.wait), id .. '/' .. tries + 1)
    return { 'waits', '' }
  end
  redis.call('XADD', KEYS[2], 'MAXLEN', 10000, '*', 'buried:app', facts.app, 'buried:id', id, 'buried:why', facts.why,
    'buried:tries', tries + 1, unpack(entry[2]))
  redis.call('XDEL', stream, id)
  return { 'buried', off }
end
redis.call('XDEL', stream, id)
if fields.name then
  redis.call('HDEL', KEYS[1] .. 'event_numbers:' .. facts.app .. ':' .. fields.name, id)
end
if facts.outcome == 'delivered' and state[2] then
  redis.call('HDEL', state_key, 'failing_since', 'why', 'rests_until')
end
return { facts.outcome, '' }
