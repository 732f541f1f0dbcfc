-- read_health: write a key, and read what the readiness check and the metrics show.
--
-- A script, because then it fails where scripts fail: in a Redis that is full or read-only, or whose ACL forbids them.
--
-- KEYS[1]  written         string, 1 s
-- KEYS[2]  alive           string, the last heartbeat of a worker
-- KEYS[3]  sends           stream
-- KEYS[4]  reports         stream
-- KEYS[5]  later           zset
-- KEYS[6]  dead            stream
-- KEYS[7]  messages        stream
-- KEYS[8]  later_messages  zset
-- KEYS[9]  scheduled       zset
-- KEYS[n]  resting:<gateway>, for each gateway
--
-- Returns  {now in microseconds since 1970, is a worker alive, {jobs, id of the oldest or ""} of sends and of reports,
--          jobs put back, dead letters, {is it resting, …}, {jobs, id of the oldest or ""} of messages,
--          messages put back, messages that wait for their time}
local function length_and_first(stream)
  local first = redis.call('XRANGE', stream, '-', '+', 'COUNT', 1)[1]
  return { redis.call('XLEN', stream), first and first[1] or '' }
end

local time, resting = redis.call('TIME'), {}
for n = 10, #KEYS do
  resting[n - 9] = redis.call('EXISTS', KEYS[n])
end
redis.call('SET', KEYS[1], 1, 'PX', 1000)
return { time[1] * 1000000 + time[2], redis.call('EXISTS', KEYS[2]), length_and_first(KEYS[3]),
  length_and_first(KEYS[4]), redis.call('ZCARD', KEYS[5]), redis.call('XLEN', KEYS[6]), resting,
  length_and_first(KEYS[7]), redis.call('ZCARD', KEYS[8]), redis.call('ZCARD', KEYS[9]) }
