-- watch_window: the milliseconds in which the failure watch counts checks, and for which it stays raised without one.
local WATCHED_MS = 600000
