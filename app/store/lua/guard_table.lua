-- guard_table: where the statistics of the fraud guard are stored, within bounds.
--
-- Those of an app, its countries and its few ranges with stopped blocks are one hash, `guard:<app>`, with what operators
-- allow or block. Those of blocks are in 4,096 hashes of at most 32 fields, of all apps together: 131,072 blocks, small
-- enough for Redis to store each hash as one string. A full hash drops the least of a few sampled fields.
--
-- A record stores in `guard` the names of its number's block and range, and whether each send is charged: "1+,2-", where
-- "-" is one that was given back.
-- include guard_rows
local GUARD_SAMPLES, GUARD_MAX_BLOCKS, GUARD_MAX_FIELDS = 5, 32, 1000

-- Open the statistics of a destination: its app, country, and the names of its block and range. The first two characters
-- of a block's name, of 64 each, choose its hash.
local function open_guard(prefix, destination, now)
  local guard = { prefix = prefix, now = now, seconds = math.floor(now / 1000), app = destination.app,
    country = destination.country or '', block = destination.block, range = destination.range }
  guard.key = prefix .. 'guard:' .. guard.app
  guard.blocks, guard.field = prefix .. 'guard_blocks:' .. string.sub(guard.block, 1, 2), string.sub(guard.block, 3)
  local lines = redis.call('HMGET', guard.key, 'service', 'country:' .. guard.country, 'range:' .. guard.range,
    'rule:' .. guard.country, 'rule:' .. guard.range, 'rule:' .. guard.block)
  guard.of_service = read_guard_row('service', lines[1], guard.seconds)
  guard.of_country = read_guard_row('country', lines[2], guard.seconds)
  guard.of_range = read_guard_row('range', lines[3], guard.seconds)
  guard.of_block = read_guard_row('block', redis.call('HGET', guard.blocks, guard.field), guard.seconds)
  guard.rules = { lines[4], lines[5], lines[6] }
  return guard
end

-- Return what operators decided: "block" if any rule blocks, else "allow" if any allows. A rule is a word, and the
-- moment at which it ends in milliseconds; 0 for one that an operator ends.
local function guard_rule(guard)
  local found
  for i = 1, 3 do
    if guard.rules[i] then
      local word, ends = string.match(guard.rules[i], '^(%a+) (%d+)')
      ends = tonumber(ends or 0)
      if word and (ends == 0 or ends > guard.now) and found ~= 'block' then
        found = word
      end
    end
  end
  return found
end

-- How much a row is worth keeping: a block that is stopped, or has sends or people, is kept before one that has neither.
local function guard_weight(line, seconds)
  local row = read_guard_row('block', line, seconds)
  return math.max(0, row.debt) + row.raw + row.people + (row.ends > seconds and 1000 or 0)
end

local function drop_least_block(guard)
  local sample = redis.call('HRANDFIELD', guard.blocks, GUARD_SAMPLES, 'WITHVALUES')
  local least, field
  for i = 1, #sample, 2 do
    local weight = guard_weight(sample[i + 1], guard.seconds)
    if not least or weight < least then
      least, field = weight, sample[i]
    end
  end
  redis.call('HDEL', guard.blocks, field)
end

local function write_guard_block(guard)
  if guard.of_block.is_new and redis.call('HLEN', guard.blocks) >= GUARD_MAX_BLOCKS then
    drop_least_block(guard)
  end
  redis.call('HSET', guard.blocks, guard.field, format_guard_row(guard.of_block))
end

-- Write the rows of the app and the country, and of the range where a block of it was stopped lately.
local function write_guard_country(guard, with_range)
  local fields = { 'service', format_guard_row(guard.of_service), 'country:' .. guard.country,
    format_guard_row(guard.of_country) }
  if with_range and (not guard.of_range.is_new or redis.call('HLEN', guard.key) < GUARD_MAX_FIELDS) then
    fields[5], fields[6] = 'range:' .. guard.range, format_guard_row(guard.of_range)
  end
  redis.call('HSET', guard.key, unpack(fields))
end

local function read_guard_marks(stored)
  return string.match(stored or '', '^(%S+) (%S+) ([%d,+-]*)')
end

-- Return what a record stores after one more send, whose mark is "+" or "".
local function guard_marks(block, range, send, mark, earlier)
  local marks = earlier or ''
  if mark ~= '' then
    marks = marks .. (marks == '' and '' or ',') .. send .. mark
  end
  return block .. ' ' .. range .. ' ' .. marks
end
