-- put_back_job: take a job out of its stream and delay it.
--
-- A script, because between the two steps a crash would lose or duplicate the job; and because a
-- worker whose job was claimed by another worker must not put it back.
--
-- KEYS[1]  queue          stream
-- KEYS[2]  later          zset of jobs, by due time; of messages, later_messages
-- facts.now            milliseconds since 1970; 0 for the server's clock
-- facts.group          consumer group
-- facts.id             stream id of the job
-- facts.holder         the worker that claimed it
-- facts.wait           delay, milliseconds
-- facts.job            the job as `requeue_due_jobs` reads it, in JSON: id, queue, field, value, field, …
--
-- Returns  {"put back"} | {"gone"}
-- include facts
-- include now
-- include job_ownership
local facts = read_facts(ARGV)
local due = read_now(facts.now) + tonumber(facts.wait)
if not is_held_by(KEYS[1], facts.group, facts.id, facts.holder) then
  return { 'gone' }
end

redis.call('XACK', KEYS[1], facts.group, facts.id)
redis.call('XDEL', KEYS[1], facts.id)
redis.call('ZADD', KEYS[2], due, facts.job)
return { 'put back' }
