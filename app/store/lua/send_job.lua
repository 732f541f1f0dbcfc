-- send_job: queue the job that sends one SMS of a verification.
--
-- A worker of another version may read it: it ignores fields that it does not know, and treats a missing one as empty.
local JOB_VERSION = 1

local function send_job(verification, send)
  return { 'version', JOB_VERSION, 'verification', verification, 'send', send }
end

local function queue_send_job(stream, verification, send)
  redis.call('XADD', stream, '*', unpack(send_job(verification, send)))
end
