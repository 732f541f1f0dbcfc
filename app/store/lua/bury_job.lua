-- bury_job: move a job that failed for good to the dead letters, 10,000 at most.
--
-- A script, because between the two steps a crash would lose the job; and because whoever lost the
-- job to another worker must not bury it.
--
-- KEYS[1]  queue          stream
-- KEYS[2]  dead           stream
-- ARGV[1]  group          of consumers
-- ARGV[2]  id             the job's in its stream
-- ARGV[3]  holder         the worker that took it
-- ARGV[i]  field, value   of the dead letter, from 4 on
--
-- Returns  {"buried"} | {"gone"}
-- include job_ownership
if not is_held_by(KEYS[1], ARGV[1], ARGV[2], ARGV[3]) then
  return { 'gone' }
end

redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
redis.call('XDEL', KEYS[1], ARGV[2])
local letter = {}
for i = 4, #ARGV do
  letter[#letter + 1] = ARGV[i]
end
redis.call('XADD', KEYS[2], 'MAXLEN', 10000, '*', unpack(letter))
return { 'buried' }
