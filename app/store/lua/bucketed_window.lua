-- bucketed_window: how often something happened within a window, by a count for each sixtieth of it.
--
-- What happened counts until its slice is a whole window old: at most a sixtieth of the window too
-- long, and never too short. The sum is kept beside the slices, so that a busy window costs no more
-- to read than a quiet one; the newest slice is read with it, and one call writes all three.
local function open_slices(key, width, now, count)
  local slice = math.floor(now * 60 / width)
  local kept = redis.call('HMGET', key, 'at', 'sum', slice)
  local at = tonumber(kept[1] or slice)
  local slices = { key = key, width = width, count = count, slice = slice, newest = tonumber(kept[3] or 0),
    used = tonumber(kept[2] or 0), is_new = not kept[3] }
  if at > slice then -- the clock went back: the newest slice stays the newest
    slices.slice, slices.newest = at, tonumber(redis.call('HGET', key, at) or 0)
  elseif slice - at > 60 then
    slices.used, slices.old = 0, 'all'
  elseif at < slice then
    slices.old = {}
    for i = at - 60, slice - 61 do
      slices.old[#slices.old + 1] = i
    end
    for _, gone in ipairs(redis.call('HMGET', key, unpack(slices.old))) do
      slices.used = slices.used - tonumber(gone or 0)
    end
  end
  return slices
end

local function add_to_slices(slices)
  if slices.old == 'all' then
    redis.call('DEL', slices.key)
  elseif slices.old then
    redis.call('HDEL', slices.key, unpack(slices.old))
  end
  slices.used, slices.newest, slices.old = slices.used + 1, slices.newest + 1, nil
  redis.call('HSET', slices.key, 'at', slices.slice, 'sum', slices.used, slices.slice, slices.newest)
  -- Whatever falls into a slice is forgotten 61 slices after the slice began, so it is enough to say
  -- once, with the first of it, that the key is to live for 62.
  if slices.is_new then
    redis.call('PEXPIRE', slices.key, math.ceil(slices.width * 62 / 60))
  end
end

-- The moment at which less than `count` are left, if nothing more happens.
local function slices_below(slices, count)
  local names, too_many = {}, slices.used - count + 1
  for i = slices.slice - 60, slices.slice do
    names[#names + 1] = i
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
  local slice = math.floor(at * 60 / width)
  if tonumber(redis.call('HGET', key, slice) or 0) > 0 then
    redis.call('HINCRBY', key, slice, -1)
    redis.call('HINCRBY', key, 'sum', -1)
  end
end
