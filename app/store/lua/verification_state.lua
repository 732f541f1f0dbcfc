-- verification_state: how a verification stands, and when it ended.
--
-- Its own end is kept with it. An approval of another verification of the number, app and purpose
-- moves the number's generation on; whatever was asked for in an older one reads `canceled`, so an
-- approval walks no list. Who has read that generation already gives it.
local function state_of(record, number, now, generation)
  if record.status ~= 'pending' then
    return record.status, tonumber(record.ended)
  end
  local expires = tonumber(record.expires)
  generation = generation or redis.call('HGET', number, 'generation:' .. record.purpose) or '0'
  if generation ~= record.generation then
    local closed = redis.call('HGET', number, 'closed:' .. record.purpose .. ':' .. record.generation)
    closed = tonumber(closed or now)
    if closed < expires then
      return 'canceled', closed
    end
  end
  if now >= expires then
    return 'expired', expires
  end
  return 'pending', 0
end

-- Read the named fields of a hash to a table; nil where there is no such hash.
local function fields(key, ...)
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
