-- failure_watch: the failure watch over all numbers; protects them from guesses that are spread over many
-- numbers and addresses, of which no other limit sees more than a few.
--
-- It is raised while over 60 % of at least 200 checks in ten minutes are wrong. Whoever reads it
-- only asks whether `alarm` is there: it is set again by each check that finds it so, taken away by
-- the first that does not, and gone after ten minutes without a check.
local WATCHED_MS = 600000
local WATCHED_RULE = '3/600000' -- an address with so many wrong guesses is refused while it is raised

local function is_raised(watches, alarm)
  return watches and redis.call('EXISTS', alarm) == 1
end

-- Whether it is raised, and then what it lets the places of an address guess wrong.
local function read_watch(watches, alarm, places, checks, now)
  local windows, raised = {}, is_raised(watches, alarm)
  if raised then
    add_address_windows(windows, places, checks, WATCHED_RULE, 'checks_per_address', now)
  end
  return raised, windows
end

-- While it is not raised its rule, the last of each window, refuses nobody; but what it counts is kept for then.
local function let_rest(windows)
  for _, window in ipairs(windows) do
    table.remove(window.rules)
  end
end

local function watch_check(checks, failures, alarm, was_raised, is_wrong, now)
  local all, wrong = open_slices(checks, WATCHED_MS, now), open_slices(failures, WATCHED_MS, now)
  add_to_slices(all)
  if is_wrong then
    add_to_slices(wrong)
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
