-- send_job: queue the job that sends one SMS of a verification, or an outgoing message.
--
-- A worker of another version may read it: it ignores fields that it does not know, and treats a missing one as empty.
-- `ids` are facts or fields with the ids of the request that asked for the SMS.
-- include record_key
local JOB_VERSION = 1

local function send_job(record, send, ids)
  local job = { 'version', JOB_VERSION, is_message_id(record) and 'message' or 'verification', record, 'send', send }
  for _, name in ipairs({ 'request_id', 'traceparent' }) do
    if ids[name] then
      job[#job + 1], job[#job + 2] = name, ids[name]
    end
  end
  return job
end

local function queue_send_job(stream, record, send, ids)
  redis.call('XADD', stream, '*', unpack(send_job(record, send, ids)))
end
