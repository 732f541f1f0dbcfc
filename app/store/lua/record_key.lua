-- record_key: the key of the record that an SMS belongs to: a verification, or an outgoing message.
--
-- Their ids tell them apart. No approval ends an outgoing message, so its record has no generation of its number.
local NO_GENERATION = '-'

local function is_message_id(id)
  return string.sub(id, 1, 3) == 'ms_'
end

local function record_key(prefix, id)
  return prefix .. (is_message_id(id) and 'outgoing:' or 'verification:') .. id
end
