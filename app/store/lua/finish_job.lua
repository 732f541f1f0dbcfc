-- finish_job: acknowledge and delete a completed job.
--
-- A script, because a job that is acknowledged and not deleted would count as waiting for ever; and because one
-- script costs a worker half of what a transaction costs.
--
-- KEYS[1]  queue          stream
-- facts.group          consumer group
-- facts.id             stream id of the job
--
-- Returns  {"finished"} | {"gone"}
-- include facts
local facts = read_facts(ARGV)
redis.call('XACK', KEYS[1], facts.group, facts.id)
if redis.call('XDEL', KEYS[1], facts.id) == 1 then
  return { 'finished' }
end
return { 'gone' }
