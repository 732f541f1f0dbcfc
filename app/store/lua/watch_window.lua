-- watch_window: where and how the failure watch counts checks.
--
-- A bucket counts the checks, and ten million times the wrong ones: one number, so that a check reads and writes once.
local WATCHED_CHECKS = 'watched_checks'
local WATCHED_MS = 600000 -- in which checks count, and for which the watch stays raised without one
local WATCHED_WRONG = 10000000

local function watched_counts(buckets)
  return { checked = buckets.used % WATCHED_WRONG, failed = math.floor(buckets.used / WATCHED_WRONG) }
end

local function is_raised_at(raised_at, now)
  return raised_at and raised_at + WATCHED_MS > now or false
end
