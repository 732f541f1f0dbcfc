-- failure_watch: detect guesses that are spread over many numbers and addresses.
--
-- Every limit sees only a few of them. The watch is raised while over 35 % of at least 200 checks in ten minutes are
-- wrong: of an app, or of all apps. Each check that finds the share exceeded stores its time, the first that does not
-- deletes it, and it counts for ten minutes.
-- include watch_window

local function watch_keys(prefix, app)
  return prefix .. WATCHED_CHECKS, prefix .. WATCHED_CHECKS .. ':' .. app
end

-- Return whether the watch of all apps or that of this app is raised.
local function is_raised(watches, prefix, app, now)
  for _, key in ipairs(watches and { watch_keys(prefix, app) } or {}) do
    if is_raised_at(redis.call('HGET', key, 'raised'), now) then
      return true
    end
  end
  return false
end

-- Count a check; return "raised" or "ended" if that changes, whether it is raised now, and the counts.
local function count_watched_check(key, is_wrong, now)
  local buckets, was_raised = open_buckets(key, WATCHED_MS, now), is_raised_at(redis.call('HGET', key, 'raised'), now)
  add_to_buckets(buckets, is_wrong and WATCHED_WRONG + 1 or 1)
  local counts = watched_counts(buckets)
  if counts.checked >= 200 and counts.failed * 100 > counts.checked * 35 then
    redis.call('HSET', key, 'raised', now)
    return not was_raised and 'raised' or nil, true, counts
  end
  if was_raised then
    redis.call('HDEL', key, 'raised')
    return 'ended', false, counts
  end
  return nil, false, counts
end
