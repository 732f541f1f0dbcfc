-- opt_out: remember that a recipient opted out at a vendor.
--
-- Sending more SMS is unlawful in some countries, and every vendor suspends senders that do. An SMS with a code is
-- refused to the number for 30 days, whatever the app. Messages without a code are refused to it for five years, those
-- of the app and sender that it answered; its codes are not, unless a vendor refuses one of them too.
-- include record_key
-- include opt_outs
local OPT_OUT_OF_CODES_MS = 30 * 86400000
local MAX_OPT_OUTS = 20 -- senders of one app

local function store_opt_out_of_sender(prefix, app, name, sender, at)
  local key, known = opt_outs_key(prefix, app, name), read_opt_outs(prefix, app, name, at)
  for _, one in ipairs(known) do
    if one.sender == sender then
      return -- the moment of the first one stays: a vendor refuses each further message
    end
  end
  if #known >= MAX_OPT_OUTS then
    table.sort(known, function(a, b) return a.since < b.since end)
    redis.call('HDEL', key, known[1].sender)
  end
  redis.call('HSET', key, sender, at)
  redis.call('PEXPIRE', key, OPT_OUT_MS)
end

-- Store the opt-out that a message's failure is, if it is one. A `message` has the name of its number, its gateway, its
-- record and its sender; an outgoing one that was refused without a call has no sender.
local function store_opt_out(prefix, message, reason, at)
  if reason ~= 'opted_out' then
    return
  end
  local app, has_code
  if is_message_id(message.record) then
    app, has_code = unpack(redis.call('HMGET', record_key(prefix, message.record), 'app', 'has_code'))
  end
  if has_code or not is_message_id(message.record) then
    redis.call('SET', prefix .. 'opted_out:' .. message.name, message.gateway, 'PX', OPT_OUT_OF_CODES_MS)
  elseif app and message.sender then
    store_opt_out_of_sender(prefix, app, message.name, message.sender, at)
  end
end
