-- unlock_number: end the waits and locks of a number, and set the failure counts that had one to 10.
--
-- A script, because a failure counted between reading and writing would be lost. From the 10th
-- failure on, `wait_until` always exists, even if the wait is over.
--
-- KEYS[1]  number         hash
--
-- Returns  {"unlocked"} | {"free"}
local answer = 'free'
for _, prefix in ipairs({ '', 'device_' }) do
  if redis.call('HEXISTS', KEYS[1], prefix .. 'wait_until') == 1 then
    redis.call('HSET', KEYS[1], prefix .. 'failures', 10)
    redis.call('HDEL', KEYS[1], prefix .. 'wait_until', prefix .. 'locked_until')
    answer = 'unlocked'
  end
end
return { answer }
