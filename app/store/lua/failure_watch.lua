-- failure_watch: detect guesses that are spread over many numbers and addresses.
--
-- Every other limit sees only a few of them. The watch is raised while over 60 % of at least 200 checks
-- in ten minutes are wrong. Readers only test whether its key exists: each check that finds the ratio
-- exceeded sets it again, the first that does not deletes it, and it expires after ten minutes without a check.
-- include watch_window

local function is_raised(watches, raised_key)
  return watches and redis.call('EXISTS', raised_key) == 1
end

-- Return whether the watch is raised and, if so, the windows of an address that it refuses. The last rule of
-- `facts.check_limits` is the watch's: it refuses only while the watch is raised, but always counts.
local function read_watch(facts, raised_key, now)
  if not is_raised(facts.watch, raised_key) then
    return false, {}
  end
  local windows = open_windows(read_limits(facts.check_limits), { address_keys = facts.address_keys }, now)
  for _, window in ipairs(windows) do
    window.rules = { window.rules[#window.rules] }
  end
  return true, windows
end

local function drop_watched_rule(windows)
  for _, window in ipairs(windows) do
    table.remove(window.rules)
  end
end

-- Count a check; return "raised" or "ended" if that changes, whether it is raised now, and the counts.
local function count_watched_check(checks, failures, raised_key, was_raised, is_wrong, now)
  local all, wrong = open_buckets(checks, WATCHED_MS, now), open_buckets(failures, WATCHED_MS, now)
  add_to_buckets(all)
  if is_wrong then
    add_to_buckets(wrong)
  end
  local counts = { checked = all.used, failed = wrong.used }
  if all.used >= 200 and wrong.used * 10 > all.used * 6 then
    redis.call('SET', raised_key, now, 'PX', WATCHED_MS)
    return not was_raised and 'raised' or nil, true, counts
  end
  if was_raised then
    redis.call('DEL', raised_key)
    return 'ended', false, counts
  end
  return nil, false, counts
end
