-- message_event: write an event of a message whose status has changed, with what its app may read of it now.
--
-- A message has the endpoints of its record, where these want such events. For an outgoing
-- message, each gateway that is called has a separate message; events name the outgoing one.
-- include record_key
local MESSAGE_EVENTS = { sent = 'message.sent', delivered = 'message.delivered', undelivered = 'message.failed',
  expired = 'message.failed', failed = 'message.failed' }

-- Return the type of event that a new status is; nil for one that is none.
local function message_event_type(status)
  return MESSAGE_EVENTS[status]
end

local function queue_message_event(prefix, wants, id, status, now)
  local message = redis.call('HMGET', prefix .. 'message:' .. id, 'verification', 'gateway', 'reason', 'segments',
    'price')
  local record = redis.call('HMGET', record_key(prefix, message[1]), 'app', 'purpose', 'reference',
    'masked', 'name', 'number', 'traceparent')
  if not record[1] then
    return -- its record was deleted meanwhile
  end
  local is_outgoing = is_message_id(message[1])
  local fields = { 'message', is_outgoing and message[1] or id, 'status', status, 'gateway', message[2] }
  if not is_outgoing then
    fields[#fields + 1], fields[#fields + 2] = 'verification', message[1]
  end
  for name, value in pairs({ reason = message[3], segments = message[4], price = message[5], purpose = record[2],
    reference = record[3], masked = record[4] }) do
    if value then
      fields[#fields + 1], fields[#fields + 2] = name, value
    end
  end
  queue_event(prefix, record[1], wants, MESSAGE_EVENTS[status], now, fields, { name = record[5], sealed = record[6] },
    record[7])
end
