-- slices: how often something happened within a window, by a count for each sixtieth of it.
--
-- What happened counts until its slice is a whole window old: at most a sixtieth of the window too
-- long, and never too short. The sum is kept beside the slices, so that a busy window costs no more
-- to read than a quiet one.
local function open_slices(key, width, now)
  local slice = math.floor(now * 60 / width)
  local kept = redis.call('HMGET', key, 'at', 'sum')
  local at, sum = tonumber(kept[1] or slice), tonumber(kept[2] or 0)
  local old, all = {}, slice - at > 60
  if all then
    sum = 0
  else
    for i = at - 60, slice - 61 do
      old[#old + 1] = string.format('%d', i)
    end
  end
  if #old > 0 then
    for _, count in ipairs(redis.call('HMGET', key, unpack(old))) do
      sum = sum - tonumber(count or 0)
    end
  end
  return { key = key, width = width, slice = math.max(slice, at), sum = sum, old = old, all = all }
end

local function add_to_slices(slices)
  if slices.all then
    redis.call('DEL', slices.key)
  elseif #slices.old > 0 then
    redis.call('HDEL', slices.key, unpack(slices.old))
  end
  slices.sum, slices.old, slices.all = slices.sum + 1, {}, false
  redis.call('HINCRBY', slices.key, string.format('%d', slices.slice), 1)
  redis.call('HSET', slices.key, 'at', string.format('%d', slices.slice), 'sum', slices.sum)
  redis.call('PEXPIRE', slices.key, math.ceil(slices.width * 62 / 60))
end

-- The moment at which less than `count` are left, if nothing more happens.
local function slices_below(slices, count)
  local names, too_many = {}, slices.sum - count + 1
  for i = slices.slice - 60, slices.slice do
    names[#names + 1] = string.format('%d', i)
  end
  for i, kept in ipairs(redis.call('HMGET', slices.key, unpack(names))) do
    too_many = too_many - tonumber(kept or 0)
    if too_many <= 0 then
      return math.ceil((slices.slice + i) * slices.width / 60)
    end
  end
  return math.ceil((slices.slice + 61) * slices.width / 60)
end

-- Take one back that happened at a moment, unless its slice is gone by now.
local function take_from_slices(key, width, at)
  local name = string.format('%d', math.floor(at * 60 / width))
  if tonumber(redis.call('HGET', key, name) or 0) > 0 then
    redis.call('HINCRBY', key, name, -1)
    redis.call('HINCRBY', key, 'sum', -1)
  end
end
