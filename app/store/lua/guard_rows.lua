-- guard_rows: read and write the statistics of the fraud guard.
--
-- A row is a line of decimals. Its sums decay with one half-life, so that no key needs a TTL and no job clears old rows:
-- a row stores when it was written, and is decayed when it is read.
--
-- Two days: long enough that a night or a quiet weekend empties no row, short enough that honest people of a block wait
-- some days for an attack to be forgotten, and not weeks.
local GUARD_HALF_LIFE_S = 2 * 86400
local GUARD_FIELDS = {
  service = { 'sends', 'people' },
  country = { 'start', 'credit', 'sends', 'people', 'raw', 'debts', 'active', 'guessed', 'tight', 'since', 'block_quiet',
    'blocks', 'challenge_quiet', 'challenges' },
  block = { 'debt', 'raw', 'people', 'untyped', 'ends', 'stops', 'block_quiet', 'blocks', 'why', 'challenge_quiet',
    'challenges' },
  range = { 'stopped' },
}
-- What does not decay: a credit is refilled instead, and these moments, counts and words stay.
local GUARD_STAYS = { start = true, credit = true }
local GUARD_WHOLE = { tight = true, since = true, ends = true, stops = true, why = true, blocks = true, challenges = true }
-- Moments until which no further event is written. A row stores the seconds until then: one of more than 64 characters
-- would take three times the memory, and all others of its hash too.
local GUARD_AHEAD = { block_quiet = true, challenge_quiet = true }

-- Return a row at a time in seconds; `line` is what is stored of it, if anything. `age` is how long ago it was written.
local function read_guard_row(kind, line, seconds)
  local row, values = { kind = kind, at = seconds, is_new = not line }, {}
  for value in string.gmatch(line or '', '%S+') do
    values[#values + 1] = tonumber(value) or 0
  end
  row.age = math.max(0, seconds - (values[1] or seconds))
  row.decay = 0.5 ^ (row.age / GUARD_HALF_LIFE_S)
  for i, name in ipairs(GUARD_FIELDS[kind]) do
    local unit = GUARD_WHOLE[name] and 1 or GUARD_STAYS[name] and 0.01 or 0.01 * row.decay
    row[name] = GUARD_AHEAD[name] and (values[1] or 0) + (values[i + 1] or 0) or (values[i + 1] or 0) * unit
  end
  return row
end

-- Write a row: the time, then each field in hundredths, or whole.
local function format_guard_row(row)
  local values = { row.at }
  for i, name in ipairs(GUARD_FIELDS[row.kind]) do
    local is_ahead = GUARD_AHEAD[name]
    local value = is_ahead and math.max(0, row[name] - row.at) or row[name]
    values[i + 1] = math.floor(value * ((is_ahead or GUARD_WHOLE[name]) and 1 or 100) + 0.5)
  end
  return table.concat(values, ' ')
end
