-- guard_rows: read and write the statistics of the fraud guard.
--
-- A row is a line of decimals, separated by commas. Its sums decay with one half-life, so that no key needs a TTL and no
-- job clears old rows: a row stores when it was written, and is decayed when it is read.
--
-- Two days: long enough that a night or a quiet weekend empties no row, short enough that honest people of a block wait
-- some days for an attack to be forgotten, and not weeks.
local GUARD_HALF_LIFE_S = 2 * 86400

-- How each kind of row is read and written: its sums in hundredths, which decay by `d`, and whole moments, counts and
-- words, which stay. A credit is refilled instead. Written out for each kind, because a loop over names takes twice as
-- long, several times for each send. `v` are the stored values; a row of an earlier version may have fewer, and what
-- most rows do not have ends a line and is left out. `%d` cuts off what follows the point.
--
-- Until `block_quiet` and `challenge_quiet` no further event is written. A row stores the seconds until then: one of more
-- than 64 characters would take three times the memory, and all others of its hash too.
local floor, max = math.floor, math.max

-- Return whether a row was challenged or blocked since its last event, or lately.
local function has_decisions(row)
  return row.blocks > 0 or row.challenges > 0 or row.block_quiet > row.at or row.challenge_quiet > row.at
end

local GUARD_ROWS = {
  service = {
    read = function(row, d, v)
      row.sends, row.people = (v[2] or 0) * d, (v[3] or 0) * d
    end,
    write = function(row)
      return string.format('%d,%d,%d', row.at, row.sends * 100 + 0.5, row.people * 100 + 0.5)
    end,
  },
  country = {
    read = function(row, d, v)
      row.start, row.credit = (v[2] or 0) * 0.01, (v[3] or 0) * 0.01
      row.sends, row.people, row.raw = (v[4] or 0) * d, (v[5] or 0) * d, (v[6] or 0) * d
      row.debts, row.active, row.guessed = (v[7] or 0) * d, (v[8] or 0) * d, (v[9] or 0) * d
      row.tight, row.since = v[10] or 0, v[11] or 0
      row.block_quiet, row.blocks = (v[1] or 0) + (v[12] or 0), v[13] or 0
      row.challenge_quiet, row.challenges = (v[1] or 0) + (v[14] or 0), v[15] or 0
    end,
    write = function(row)
      local line = string.format('%d,%d,%d,%d,%d,%d,%d,%d,%d,%d,%d', row.at, row.start * 100 + 0.5,
        floor(row.credit * 100 + 0.5), row.sends * 100 + 0.5, row.people * 100 + 0.5, row.raw * 100 + 0.5,
        row.debts * 100 + 0.5, row.active * 100 + 0.5, row.guessed * 100 + 0.5, row.tight, row.since)
      if has_decisions(row) then
        line = line .. string.format(',%d,%d,%d,%d', max(0, row.block_quiet - row.at), row.blocks,
          max(0, row.challenge_quiet - row.at), row.challenges)
      end
      return line
    end,
  },
  block = {
    read = function(row, d, v)
      row.debt, row.raw, row.people, row.untyped = (v[2] or 0) * d, (v[3] or 0) * d, (v[4] or 0) * d, (v[5] or 0) * d
      row.ends, row.stops, row.why = v[6] or 0, v[7] or 0, v[10] or 0
      row.block_quiet, row.blocks = (v[1] or 0) + (v[8] or 0), v[9] or 0
      row.challenge_quiet, row.challenges = (v[1] or 0) + (v[11] or 0), v[12] or 0
    end,
    write = function(row)
      local line = string.format('%d,%d,%d,%d,%d', row.at, floor(row.debt * 100 + 0.5), row.raw * 100 + 0.5,
        row.people * 100 + 0.5, row.untyped * 100 + 0.5)
      if row.ends > 0 or row.stops > 0 or has_decisions(row) then
        line = line .. string.format(',%d,%d,%d,%d,%d,%d,%d', row.ends, row.stops, max(0, row.block_quiet - row.at),
          row.blocks, row.why, max(0, row.challenge_quiet - row.at), row.challenges)
      end
      return line
    end,
  },
  range = {
    read = function(row, d, v)
      row.stopped = (v[2] or 0) * d
    end,
    write = function(row)
      return string.format('%d,%d', row.at, row.stopped * 100 + 0.5)
    end,
  },
}

-- Return a row at a time in seconds; `line` is what is stored of it, if anything. `age` is how long ago it was written.
-- As JSON, a line is read in a third of the time that Lua takes for one number after another.
local function read_guard_row(kind, line, seconds)
  local values = line and cjson.decode('[' .. line .. ']') or {}
  local age = math.max(0, seconds - (values[1] or seconds))
  local row = { kind = kind, at = seconds, is_new = not line, age = age, decay = 0.5 ^ (age / GUARD_HALF_LIFE_S) }
  GUARD_ROWS[kind].read(row, 0.01 * row.decay, values)
  return row
end

-- Write a row: the time, then each field in hundredths, or whole.
local function format_guard_row(row)
  return GUARD_ROWS[row.kind].write(row)
end
