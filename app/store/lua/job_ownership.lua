-- job_ownership: check that a job still belongs to the worker that claimed it.
--
-- XACK alone does not check this: it acknowledges a job of any consumer. If Redis lost the stream,
-- XPENDING returns an error, and no worker owns the job.
local function is_held_by(queue, group, id, holder)
  local found = redis.pcall('XPENDING', queue, group, id, id, 1, holder)
  return not found.err and #found == 1
end
