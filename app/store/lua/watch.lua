-- watch: the failure watch over all numbers; protects them from guesses that are spread over many
-- numbers and addresses, of which no other limit sees more than a few.
--
-- It is raised while over 60 % of at least 200 checks in ten minutes are wrong. Whoever reads it
-- only asks whether `alarm` is there: it is set again by each check that finds it so, taken away by
-- the first that does not, and gone after ten minutes without a check.
local WATCHED_MS = 600000
local WATCHED_RULE = '3/600000' -- an address with so many wrong guesses is refused while it is raised

-- Whether it is raised, and then what it lets the places of an address guess wrong.
local function watched(watches, alarm, places, checks, now)
  local windows, raised = {}, watches and redis.call('EXISTS', alarm) == 1
  if raised then
    add_places(windows, places, checks, WATCHED_RULE, 'checks_per_address', now)
  end
  return raised, windows
end

local function watch_check(checks, failures, alarm, is_wrong, now)
  local all, wrong = open_slices(checks, WATCHED_MS, now), open_slices(failures, WATCHED_MS, now)
  local was_raised = redis.call('EXISTS', alarm) == 1
  add_to_slices(all)
  if is_wrong then
    add_to_slices(wrong)
  end
  if all.sum >= 200 and wrong.sum * 10 > all.sum * 6 then
    redis.call('SET', alarm, now, 'PX', WATCHED_MS)
    return not was_raised
  end
  if was_raised then
    redis.call('DEL', alarm)
  end
  return false
end
