-- opt_out: remember for 30 days that a person told a vendor to be left alone.
--
-- Asking on would be unlawful in places, and every vendor closes senders who do.
local function remember_opt_out(prefix, name, gateway, reason)
  if reason == 'opted_out' then
    redis.call('SET', prefix .. name, gateway, 'PX', 30 * 86400000)
  end
end
