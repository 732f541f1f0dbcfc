-- unlock_number: end the wait or lock of a number and set its failure count to 10.
--
-- A script, because a failure counted between reading and writing would be lost. From the 10th
-- failure on, `wait_until` always exists, even if the wait is over.
--
-- KEYS[1]  number         hash
--
-- Returns  {"unlocked"} | {"free"}
if redis.call('HEXISTS', KEYS[1], 'wait_until') == 0 then
  return { 'free' }
end

redis.call('HSET', KEYS[1], 'failures', 10)
redis.call('HDEL', KEYS[1], 'wait_until', 'locked_until')
return { 'unlocked' }
