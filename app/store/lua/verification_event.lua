-- verification_event: write an event of a verification, with what its app may read of it at this moment.
--
-- A caller checks first that an endpoint wants it. The entry holds the fields of the record as they are stored, those of
-- its messages as `m<n>:<field>`, and the state. Without the trace of a call that caused it, it belongs to the trace of
-- the request for the code. `save_verification` writes verification.requested itself, from what it has just stored.
local EVENT_FIELDS = { purpose = true, reference = true, created = true, expires = true, attempts = true, sends = true,
  masked = true }
local ROUTE_FIELDS = { app = true, name = true, number = true, events = true, traceparent = true } -- where it goes

local function queue_verification_event(prefix, word, id, state, ended, now, traceparent)
  local stored = redis.call('HGETALL', prefix .. 'verification:' .. id)
  local record, fields = {}, { 'verification', id, 'state', state, 'ended', ended }
  for i = 1, #stored, 2 do
    local name = stored[i]
    if ROUTE_FIELDS[name] then
      record[name] = stored[i + 1]
    elseif EVENT_FIELDS[name] or string.sub(name, 1, 5) == 'send:' then
      fields[#fields + 1], fields[#fields + 2] = name, stored[i + 1]
    end
  end
  for n, message in ipairs(redis.call('LRANGE', prefix .. 'messages:' .. id, 0, -1)) do
    local values = redis.call('HMGET', prefix .. 'message:' .. message, 'send', 'gateway', 'status', 'reason',
      'segments', 'price', 'history')
    for i, name in ipairs({ 'send', 'gateway', 'status', 'reason', 'segments', 'price', 'history' }) do
      if values[1] and values[i] then
        fields[#fields + 1], fields[#fields + 2] = 'm' .. n .. ':' .. name, values[i]
      end
    end
    fields[#fields + 1], fields[#fields + 2] = 'm' .. n .. ':id', message
  end
  local number = { name = record.name, sealed = record.number }
  queue_event(prefix, record.app, record.events, 'verification.' .. word, now, fields, number,
    traceparent or record.traceparent)
end
