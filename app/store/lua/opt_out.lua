-- opt_out: remember for 30 days that a recipient opted out at a vendor.
--
-- Sending more SMS is unlawful in some countries, and every vendor suspends senders that do.
local function store_opt_out(prefix, name, gateway, reason)
  if reason == 'opted_out' then
    redis.call('SET', prefix .. name, gateway, 'PX', 30 * 86400000)
  end
end
