-- put_back_job: take a job out of its stream and delay it.
--
-- A script, because between the two steps a crash would lose or duplicate the job; and because a
-- worker whose job was claimed by another worker must not put it back.
--
-- KEYS[1]  queue          stream
-- KEYS[2]  later          zset of jobs, by due time
-- ARGV[1]  now            milliseconds since 1970; 0 for the server's clock
-- ARGV[2]  group          consumer group
-- ARGV[3]  id             stream id of the job
-- ARGV[4]  holder         the worker that claimed it
-- ARGV[5]  wait           delay, milliseconds
-- ARGV[6]  which          name of the queue
-- ARGV[i]  field, value   of the job, from index 7
--
-- Returns  {"put back"} | {"gone"}
-- include now
-- include job_ownership
local due = read_now(ARGV[1]) + tonumber(ARGV[5])
if not is_held_by(KEYS[1], ARGV[2], ARGV[3], ARGV[4]) then
  return { 'gone' }
end

redis.call('XACK', KEYS[1], ARGV[2], ARGV[3])
redis.call('XDEL', KEYS[1], ARGV[3])
local job = { ARGV[3], ARGV[6] }
for i = 7, #ARGV do
  job[#job + 1] = ARGV[i]
end
redis.call('ZADD', KEYS[2], due, cjson.encode(job))
return { 'put back' }
