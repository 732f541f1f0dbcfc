-- verification_state: compute the state of a verification and when it ended.
--
-- A verification stores its own end. The approval of another verification of the number, app and purpose
-- increments the number's generation; verifications of an older generation are `canceled`, so an
-- approval iterates no list. A caller that has read the generation already passes it. The same states has an outgoing
-- message, which no approval ends.
-- include record_key
local function state_of(record, number, now, generation)
  if record.status ~= 'pending' then
    return record.status, tonumber(record.ended)
  end
  local expires = tonumber(record.expires)
  if record.generation ~= NO_GENERATION then
    generation = generation or redis.call('HGET', number, 'generation:' .. record.purpose) or '0'
    if generation ~= record.generation then
      local closed = redis.call('HGET', number, 'closed:' .. record.purpose .. ':' .. record.generation)
      closed = tonumber(closed or now)
      if closed < expires then
        return 'canceled', closed
      end
    end
  end
  if now >= expires then
    return 'expired', expires
  end
  return 'pending', 0
end

-- Read the named fields of a hash into a table; nil if the first field does not exist.
local function read_fields(key, ...)
  local names = { ... }
  local values = redis.call('HMGET', key, ...)
  if not values[1] then
    return nil
  end
  local read = {}
  for i, name in ipairs(names) do
    read[name] = values[i] or nil
  end
  return read
end

-- Read the fields that a resend or a check needs, and further ones; nil if there is no record. Among them are the facts
-- that limits have windows for (app/domain/limits.py), what tells a known device, what exempts a record from limits, and
-- the cost of each SMS.
local function read_record(key, ...)
  return read_fields(key, 'app', 'purpose', 'status', 'ended', 'expires', 'generation', 'attempts', 'number',
    'reference', 'name', 'subject', 'country', 'device', 'test', 'cost', 'sources', ...)
end

-- Return whether a record is the app's, and for one of the purposes, written ",login,signup,"; nil for all.
local function is_open_to(record, app, purposes)
  return record.app == app
    and (not purposes or string.find(purposes, ',' .. record.purpose .. ',', 1, true) ~= nil)
end
