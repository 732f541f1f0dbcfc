-- bury_job: move a job that failed permanently to the dead letters, 10,000 at most.
--
-- A script, because between the two steps a crash would lose the job; and because a worker
-- whose job was claimed by another worker must not bury it.
--
-- KEYS[1]  queue          stream
-- KEYS[2]  dead           stream
-- ARGV[1]  group          consumer group
-- ARGV[2]  id             stream id of the job
-- ARGV[3]  holder         the worker that claimed it
-- ARGV[i]  field, value   of the dead letter, from index 4
--
-- Returns  {"buried"} | {"gone"}
-- include job_ownership
if not is_held_by(KEYS[1], ARGV[1], ARGV[2], ARGV[3]) then
  return { 'gone' }
end

redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
redis.call('XDEL', KEYS[1], ARGV[2])
local entry = {}
for i = 4, #ARGV do
  entry[#entry + 1] = ARGV[i]
end
redis.call('XADD', KEYS[2], 'MAXLEN', 10000, '*', unpack(entry))
return { 'buried' }
