-- requeue_due_jobs: move the jobs that are due back into their streams.
--
-- A script, because several workers call it at the same time, and each job must be requeued only once.
--
-- A job that waits for longer than any code lives was delayed by a clock that was ahead: it is due now. A hold that
-- such a clock began lies ahead, and would not end for as long: it begins now. XPENDING says of it that it is 0 ms old.
-- So is a hold that begins right now, which changes nothing.
--
-- KEYS[1]  later          zset of jobs, by due time
-- KEYS[2]  silences       zset of sends that wait for a report, by when the wait ends
-- KEYS[3]  sends          stream
-- KEYS[4]  messages       stream
-- KEYS[5]  reports        stream
-- KEYS[6]  dead           stream; an entry that is not a job is buried, or every later job would wait behind it
-- KEYS[7]  later_messages zset of the jobs of messages, by due time: they do not count when a code is refused
-- facts.now            milliseconds since 1970; 0 for the server's clock
-- facts.group          consumer group
--
-- Returns  the number of requeued jobs
-- include facts
-- include now
local LONGEST_WAIT_MS = 600000 -- of a setting: OTP_CODE_LIFETIME; a report is waited for for less
local facts = read_facts(ARGV)
local now = read_now(facts.now)
local streams = { sends = KEYS[3], messages = KEYS[4], reports = KEYS[5] }
local requeued = 0

for _, waiting in ipairs({ KEYS[1], KEYS[2], KEYS[7] }) do
  local due = redis.call('ZRANGEBYSCORE', waiting, '-inf', now, 'LIMIT', 0, 100)
  local last = '(' .. now + LONGEST_WAIT_MS
  for _, job in ipairs(redis.call('ZRANGEBYSCORE', waiting, last, '+inf', 'LIMIT', 0, 100 - #due)) do
    due[#due + 1] = job
  end
  for _, job in ipairs(due) do
    local is_json, fields = pcall(cjson.decode, job)
    local is_list = is_json and type(fields) == 'table' and #fields > 3 and #fields % 2 == 0
    local stream = is_list and streams[fields[2]] or KEYS[3]
    if not is_list or type(redis.pcall('XADD', stream, '*', unpack(fields, 3))) == 'table' then -- a table is an error
      redis.call('XADD', KEYS[6], 'MAXLEN', 10000, '*', 'queue', 'sends', 'why', 'unreadable_job', 'tries', 0)
    end
    redis.call('ZREM', waiting, job)
  end
  requeued = requeued + #due
end

for _, stream in ipairs({ KEYS[3], KEYS[4], KEYS[5] }) do
  for _, held in ipairs(redis.pcall('XPENDING', stream, facts.group, '-', '+', 100)) do -- an error has no entries
    if held[3] == 0 then
      redis.call('XCLAIM', stream, facts.group, held[2], 0, held[1], 'JUSTID')
    end
  end
end
return requeued
