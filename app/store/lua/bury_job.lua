-- bury_job: move a job that failed permanently to the dead letters, 10,000 at most.
--
-- A script, because between the two steps a crash would lose the job; and because a worker
-- whose job was claimed by another worker must not bury it.
--
-- KEYS[1]  queue          stream
-- KEYS[2]  dead           stream
-- facts.group          consumer group
-- facts.id             stream id of the job
-- facts.holder         the worker that claimed it
-- facts.letter         the dead letter in JSON: field, value, field, …
--
-- Returns  {"buried"} | {"gone"}
-- include facts
-- include job_ownership
local facts = read_facts(ARGV)
if not is_held_by(KEYS[1], facts.group, facts.id, facts.holder) then
  return { 'gone' }
end

redis.call('XACK', KEYS[1], facts.group, facts.id)
redis.call('XDEL', KEYS[1], facts.id)
redis.call('XADD', KEYS[2], 'MAXLEN', 10000, '*', unpack(cjson.decode(facts.letter)))
return { 'buried' }
