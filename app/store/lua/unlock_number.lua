-- unlock_number: let a number that was locked or waits go on; its count then stands at 10 at most.
--
-- A script, because a failure counted between reading and writing would be lost.
--
-- KEYS[1]  number         hash
--
-- Returns  {"unlocked"} | {"free"}
local failures = tonumber(redis.call('HGET', KEYS[1], 'failures') or 0)
if failures < 10 then
  return { 'free' }
end

redis.call('HSET', KEYS[1], 'failures', 10)
redis.call('HDEL', KEYS[1], 'wait_until', 'locked_until')
return { 'unlocked' }
