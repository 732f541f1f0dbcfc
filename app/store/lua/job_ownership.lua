-- job_ownership: whether a job is still in the hands of the worker that took it.
--
-- XACK alone would not tell: it takes a job out of whoever's hands. Where Redis lost the stream,
-- XPENDING is an error, and nobody holds anything.
local function is_held_by(queue, group, id, holder)
  local found = redis.pcall('XPENDING', queue, group, id, id, 1, holder)
  return not found.err and #found == 1
end
