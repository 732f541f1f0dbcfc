-- opt_outs: read the senders whose messages a recipient of an app wants no more.
--
-- A hash of a number and an app has a moment for each sender. What counts is decided by these moments, not by its TTL.
local OPT_OUT_MS = 5 * 365 * 86400000

local function opt_outs_key(prefix, app, name)
  return prefix .. 'opt_outs:' .. app .. ':' .. name
end

-- Return a list of {sender, since}, without what is older than five years.
local function read_opt_outs(prefix, app, name, now)
  local stored, found = redis.call('HGETALL', opt_outs_key(prefix, app, name)), {}
  for i = 1, #stored, 2 do
    local since = tonumber(stored[i + 1])
    if since > now - OPT_OUT_MS then
      found[#found + 1] = { sender = stored[i], since = since }
    end
  end
  return found
end
