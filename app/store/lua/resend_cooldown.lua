-- resend_cooldown: compute when the next send of a verification is allowed.
--
-- The wait doubles with each send and lasts until the number's limits are free; the result is 0 when no
-- send is left, or when it would fall within the last 30 s of the code's lifetime.
local function resend_at(windows, now, sent, left, cooldown, expires)
  local at = now + cooldown * 2 ^ (sent - 1)
  for _, window in ipairs(windows) do
    if window.limit.fact == 'name' then
      at = math.max(at, (free_at(window)))
    end
  end
  if left < 1 or at > expires - 30000 then
    return 0
  end
  return at
end
