-- requeue_due_jobs: move the jobs that are due back into their streams.
--
-- A script, because several workers call it at the same time, and each job must be requeued only once.
--
-- KEYS[1]  later          zset of jobs, by due time
-- KEYS[2]  sends          stream
-- KEYS[3]  reports        stream
-- KEYS[4]  silences       zset of sends that wait for a report, by when the wait ends
-- ARGV[1]  now            milliseconds since 1970; 0 for the server's clock
--
-- Returns  the number of requeued jobs
-- include now
local now = read_now(ARGV[1])
local requeued = 0

for _, waiting in ipairs({ KEYS[1], KEYS[4] }) do
  local due = redis.call('ZRANGEBYSCORE', waiting, '-inf', now, 'LIMIT', 0, 100)
  for _, job in ipairs(due) do
    local fields = cjson.decode(job)
    local queue = fields[2] == 'reports' and KEYS[3] or KEYS[2]
    redis.call('XADD', queue, '*', unpack(fields, 3))
    redis.call('ZREM', waiting, job)
  end
  requeued = requeued + #due
end
return requeued
