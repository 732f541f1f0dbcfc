-- resend_cooldown: when the next send of a verification is due.
--
-- After a wait that doubles with each send, and when the number has room; 0 when none is left or it
-- would come within the last 30 s of the code.
local function resend_at(window, now, sent, left, cooldown, expires)
  local at = math.max(room_at(window), now + cooldown * 2 ^ (sent - 1))
  if left < 1 or at > expires - 30000 then
    return 0
  end
  return at
end
