-- forget_number: delete what is stored of a number in an app, but for when its device tokens were revoked.
--
-- A script, because between the two writes a revoked device token would be valid.
--
-- KEYS[1]  number         hash
-- KEYS[i]  any            from index 2, the other keys to delete
--
-- Returns  {"forgotten", how many keys were deleted}
local revoked_at, ttl = redis.call('HGET', KEYS[1], 'devices_revoked'), redis.call('PTTL', KEYS[1])

local deleted = redis.call('DEL', unpack(KEYS))
if revoked_at then
  redis.call('HSET', KEYS[1], 'devices_revoked', revoked_at)
  redis.call('PEXPIRE', KEYS[1], ttl)
end
return { 'forgotten', deleted }
