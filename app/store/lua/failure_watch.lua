-- failure_watch: detect guesses that are spread over many numbers and addresses.
--
-- Every other limit sees only a few of them. The watch is raised while over 60 % of at least 200 checks
-- in ten minutes are wrong. Readers only test whether `alarm` exists: each check that finds the ratio
-- exceeded sets it again, the first that does not deletes it, and it expires after ten minutes without a check.
local WATCHED_MS = 600000
local WATCHED_RULE = '3/600000' -- while the watch is raised, an address with this many wrong guesses is refused

local function is_raised(watches, alarm)
  return watches and redis.call('EXISTS', alarm) == 1
end

-- Return whether the watch is raised and, if so, the windows of wrong guesses of an address.
local function read_watch(watches, alarm, address_keys, checks, now)
  local windows, raised = {}, is_raised(watches, alarm)
  if raised then
    add_address_windows(windows, address_keys, checks, WATCHED_RULE, 'checks_per_address', now)
  end
  return raised, windows
end

-- Drop the watch's rule, the last of each window: it refuses only while the watch is raised, but always counts.
local function drop_watched_rule(windows)
  for _, window in ipairs(windows) do
    table.remove(window.rules)
  end
end

local function count_watched_check(checks, failures, alarm, was_raised, is_wrong, now)
  local all, wrong = open_buckets(checks, WATCHED_MS, now), open_buckets(failures, WATCHED_MS, now)
  add_to_buckets(all)
  if is_wrong then
    add_to_buckets(wrong)
  end
  if all.used >= 200 and wrong.used * 10 > all.used * 6 then
    redis.call('SET', alarm, now, 'PX', WATCHED_MS)
    return not was_raised
  end
  if was_raised then
    redis.call('DEL', alarm)
  end
  return false
end
