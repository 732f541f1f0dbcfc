-- message_event: write an event of a message whose status has changed, with what its app may read of it now.
--
-- A message has the endpoints of its verification's record, where these want such events.
local MESSAGE_EVENTS = { sent = 'message.sent', delivered = 'message.delivered', undelivered = 'message.failed',
  expired = 'message.failed', failed = 'message.failed' }

-- Return the type of event that a new status is; nil for one that is none.
local function message_event_type(status)
  return MESSAGE_EVENTS[status]
end

local function queue_message_event(prefix, wants, id, status, now)
  local message = redis.call('HMGET', prefix .. 'message:' .. id, 'verification', 'gateway', 'reason', 'segments',
    'price')
  local record = redis.call('HMGET', prefix .. 'verification:' .. message[1], 'app', 'purpose', 'reference',
    'masked', 'name', 'number', 'traceparent')
  if not record[1] then
    return -- its record was deleted meanwhile
  end
  local fields = { 'message', id, 'status', status, 'verification', message[1], 'gateway', message[2] }
  for name, value in pairs({ reason = message[3], segments = message[4], price = message[5], purpose = record[2],
    reference = record[3], masked = record[4] }) do
    if value then
      fields[#fields + 1], fields[#fields + 2] = name, value
    end
  end
  queue_event(prefix, record[1], wants, MESSAGE_EVENTS[status], now, fields, { name = record[5], sealed = record[6] },
    record[7])
end
