-- send_source: remember who requested each send of a verification, and refund the sends of one that was approved.
--
-- A record's `sources` has "<time> <d or a> <address keys>;" for each send, where d is a known device.
local function add_source(sources, source, now)
  return (sources or '') .. format_time(now) .. (source.caller == 'device' and ' d ' or ' a ')
    .. (source.address_keys or '') .. ';'
end

-- Return whether an address, or one of the same /64, requested a send of the record.
local function was_requested_from(record, address_keys)
  local narrowest = string.match(address_keys, '^%S+')
  return string.find(record.sources or '', ' ' .. narrowest, 1, true) ~= nil
end

-- Refund the sends of an approved verification to the addresses that requested them. A number that was never approved
-- before earns at most so many refunds for an address, because a caller may control the numbers that it approves.
local function refund_sends(record, send_limits, approved_limits, was_approved_before, now)
  for at, kind, address_keys in string.gmatch(record.sources or '', '(%d+) (%a) ([^;]*);') do
    local is_first = kind == 'a' and not was_approved_before
    local windows = is_first and open_windows(approved_limits, { address_keys = address_keys }, now) or {}
    if not latest_full_window(now, windows).limit then
      spend_all(windows)
      refund_address(send_limits, kind == 'd' and 'device' or 'stranger', address_keys, at)
    end
  end
end
