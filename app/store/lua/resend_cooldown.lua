-- resend_cooldown: compute when the next send of a verification is allowed.
--
-- The wait doubles with each send and lasts until the number's limit is free; the result is 0 when no
-- send is left, or when it would fall within the last 30 s of the code's lifetime.
local function resend_at(windows, now, sent, left, cooldown, expires)
  local free = windows.of_number and free_at(windows.of_number) or now
  local at = math.max(free, now + cooldown * 2 ^ (sent - 1))
  if left < 1 or at > expires - 30000 then
    return 0
  end
  return at
end
