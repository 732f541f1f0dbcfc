-- replay_job: move a dead letter back to its stream as a new job.
--
-- A send is marked as replayed: earlier refusals by gateways no longer count.
--
-- A script, because two operators may replay at the same time, and only one SMS must be sent.
--
-- KEYS[1]  dead           stream
-- KEYS[2]  sends          stream
-- KEYS[3]  messages       stream
-- KEYS[4]  reports        stream
-- facts.id             id of the dead letter
--
-- Returns  {"replayed"} | {"gone"}
-- include facts
local facts = read_facts(ARGV)
local letter = redis.call('XRANGE', KEYS[1], facts.id, facts.id)[1]
if not letter then
  return { 'gone' }
end
local queues = { sends = KEYS[2], messages = KEYS[3], reports = KEYS[4] }
local fields, queue = {}, KEYS[2]
for i = 1, #letter[2], 2 do
  local field, value = letter[2][i], letter[2][i + 1]
  if field == 'queue' then
    queue = queues[value] or KEYS[2]
  elseif field ~= 'why' and field ~= 'tries' and field ~= 'origin' and field ~= 'replayed' then
    fields[#fields + 1], fields[#fields + 2] = field, value
  end
end
if queue ~= KEYS[4] then
  fields[#fields + 1], fields[#fields + 2] = 'replayed', '1'
end

redis.call('XADD', queue, '*', unpack(fields))
redis.call('XDEL', KEYS[1], facts.id)
return { 'replayed' }
