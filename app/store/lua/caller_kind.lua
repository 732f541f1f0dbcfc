-- caller_kind: tell known devices from the other callers of a number.
--
-- Trust is spent: after two sends without an approval, the tokens of a number make no known device until its next
-- approval; those of before a revocation never do again. For the shares of `sends_per_app`, a token counts from the day
-- after it was earned: numbers that were approved today cannot spend more than other strangers today.
local TRUSTED_SENDS, TOKEN_DAY_MS = 2, 86400000

-- Set the kind of caller that each limit, and each share, counts: "device", or what the API key makes it. `earned` is
-- when the approval was that gave the token, or nil without one.
local function set_caller(source, state, kind_of_key, earned, now)
  source.caller, source.share_caller = kind_of_key, kind_of_key
  earned = tonumber(earned or 0)
  if earned > state.devices_revoked and state.device_sends < TRUSTED_SENDS then
    source.caller = 'device'
    if math.floor(earned / TOKEN_DAY_MS) < math.floor(now / TOKEN_DAY_MS) then
      source.share_caller = 'device'
    end
  end
end

-- Count a send of a known device. Its number is stored as long as any of its tokens is valid.
local function spend_trust(number, source, state)
  if source.caller == 'device' and not source.test then
    redis.call('HSET', number, 'device_sends', state.device_sends + 1)
    extend_ttl(number, 91 * TOKEN_DAY_MS)
  end
end
