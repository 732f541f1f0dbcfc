-- bucketed_window: count events in a sliding window of sixty buckets.
--
-- An event counts until its bucket is a whole window old: at most a sixtieth of the window too
-- long, and never too short. The sum is stored beside the buckets, so that a busy window costs no more
-- to read than a quiet one; the newest bucket is read with it, and one call writes all three.
local function open_buckets(key, width, now, count)
  local bucket = math.floor(now * 60 / width)
  local stored = redis.call('HMGET', key, 'at', 'sum', bucket)
  -- Arithmetic reads a number in half the time of `tonumber`.
  local at = stored[1] and stored[1] + 0
  local buckets = { key = key, width = width, count = count, bucket = bucket, newest = (stored[3] or 0) + 0,
    used = (stored[2] or 0) + 0, is_new = not at or at < bucket, old = nil }
  at = at or bucket
  if at > bucket then -- the clock went back: the newest bucket stays the newest
    buckets.bucket, buckets.newest = at, tonumber(redis.call('HGET', key, at) or 0)
  elseif bucket - at > 60 then
    buckets.used, buckets.old = 0, 'all'
  elseif at < bucket then
    buckets.old = {}
    for i = at - 60, bucket - 61 do
      buckets.old[#buckets.old + 1] = i
    end
    for _, removed in ipairs(redis.call('HMGET', key, unpack(buckets.old))) do
      buckets.used = buckets.used - tonumber(removed or 0)
    end
  end
  return buckets
end

local function add_to_buckets(buckets, amount)
  amount = amount or 1
  if buckets.old == 'all' then
    redis.call('DEL', buckets.key)
  elseif buckets.old then
    redis.call('HDEL', buckets.key, unpack(buckets.old))
  end
  buckets.used, buckets.newest, buckets.old = buckets.used + amount, buckets.newest + amount, nil
  if not buckets.is_new then
    redis.call('HSET', buckets.key, 'sum', buckets.used, buckets.bucket, buckets.newest)
    return
  end
  redis.call('HSET', buckets.key, 'at', buckets.bucket, 'sum', buckets.used, buckets.bucket, buckets.newest)
  -- An event stops counting 61 buckets after its bucket began, so it is enough to set the TTL once
  -- per bucket, with its first event: 62 buckets. No count depends on the TTL, so ten minutes more do no harm.
  redis.call('PEXPIRE', buckets.key, math.ceil(buckets.width * 62 / 60) + 600000)
end

-- Return the time at which fewer than `count` events remain, if no more arrive.
local function bucket_free_at(buckets, count)
  local names, excess = {}, buckets.used - count + 1
  for i = buckets.bucket - 60, buckets.bucket do
    names[#names + 1] = i
  end
  for i, stored in ipairs(redis.call('HMGET', buckets.key, unpack(names))) do
    excess = excess - tonumber(stored or 0)
    if excess <= 0 then
      return math.ceil((buckets.bucket + i) * buckets.width / 60)
    end
  end
  return math.ceil((buckets.bucket + 61) * buckets.width / 60)
end

-- Remove one event by its time, unless its bucket has expired.
local function take_from_buckets(key, width, at)
  local bucket = math.floor(at * 60 / width)
  if tonumber(redis.call('HGET', key, bucket) or 0) > 0 then
    redis.call('HINCRBY', key, bucket, -1)
    redis.call('HINCRBY', key, 'sum', -1)
  end
end
