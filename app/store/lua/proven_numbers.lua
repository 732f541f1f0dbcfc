-- proven_numbers: remember the numbers that were approved in an app before, in at most 32 MB.
--
-- A blocked Bloom filter (Putze, Sanders, Singler 2007): a number has bits in one slot only, so that a look-up reads
-- once. 7,500 strings have 63 slots each; with Redis' header, a string of 4,032 bytes just fits into 4,096. Bytes and
-- arithmetic, because the embedded store has no `bit`, `struct` or `redis.sha1hex`.
--
-- A slot holds two generations of 32 bytes, the newer one first: the day on which it began (days since 1970, two
-- bytes), how many numbers it holds, and 29 bytes of bits. A new generation begins when the newer one is 90 days old,
-- or full; the older one is dropped. So a number is remembered for 90 to 180 days after its last approval, for less
-- where over twelve million are approved in 90 days. At most one number in thirty is taken for proven by mistake,
-- where the filter is full; one in 10,000 while it holds a million.
local SLOTS_OF_STRING, SLOTS, SLOT_BYTES, GENERATION_BYTES = 63, 7500 * 63, 64, 32
local GENERATION_DAYS, MAX_DAYS, MAX_NUMBERS, DAY_MS = 90, 180, 26, 86400000

local proven_slots = {}

-- Return the slot of a number of an app as this script last read or wrote it. A name is an HMAC in base64url: its
-- characters are the digest; the app is mixed in.
local function proven_slot(prefix, app, name)
  local id = app .. '/' .. name
  if not proven_slots[id] then
    local of_app, bytes = 0, { string.byte(app, 1, -1) }
    for i = 1, #bytes do
      of_app = (of_app * 131 + bytes[i]) % 4294967291
    end
    local a, b, c, d, e, f, g, h, i, j, k = string.byte(name, 1, 11)
    local number = ((((a * 131 + b) * 131 + c) * 131 + d) * 131 + e + of_app) % SLOTS
    local digest = (((((f * 131 + g) * 131 + h) * 131 + i) * 131 + j) * 131 + k) + of_app * 1000003
    local slot = { key = prefix .. 'proven_numbers:' .. math.floor(number / SLOTS_OF_STRING),
      at = number % SLOTS_OF_STRING * SLOT_BYTES, digest = digest }
    slot.bytes = redis.call('GETRANGE', slot.key, slot.at, slot.at + SLOT_BYTES - 1)
    proven_slots[id] = slot
  end
  return proven_slots[id]
end

-- Return how many days ago a generation began; nil if it never did. `first` is its first byte, 1 or 33.
local function generation_age(slot, first, now)
  local high, low = string.byte(slot.bytes, first, first + 1)
  local day = (high or 0) * 256 + (low or 0)
  return day > 0 and math.floor(now / DAY_MS) - day or nil
end

-- Return the bits of a number: its digest modulo six primes, of which the largest is below the 232 bits of a generation.
local function number_bits(slot)
  local digest = slot.digest
  return { digest % 229, digest % 227, digest % 223, digest % 211, digest % 199, digest % 197 }
end

-- Return whether a generation has all bits of the number.
local function has_bits(slot, first)
  for _, bit in ipairs(number_bits(slot)) do
    local byte = string.byte(slot.bytes, first + 3 + math.floor(bit / 8)) or 0
    if math.floor(byte / 2 ^ (bit % 8)) % 2 == 0 then
      return false
    end
  end
  return true
end

-- Return whether the number was approved in the app before.
local function was_proven(prefix, app, name, now)
  local slot = proven_slot(prefix, app, name)
  for first = 1, SLOT_BYTES, GENERATION_BYTES do
    local age = generation_age(slot, first, now)
    if age and age < MAX_DAYS and has_bits(slot, first) then
      return true
    end
  end
  return false
end

-- Remember that the number was approved in the app.
local function mark_proven(prefix, app, name, now)
  local slot = proven_slot(prefix, app, name)
  local age, is_new_string = generation_age(slot, 1, now), slot.bytes == ''
  local is_current = age and age < GENERATION_DAYS
  if is_current and has_bits(slot, 1) then
    return
  end
  local older, newer = string.sub(slot.bytes, GENERATION_BYTES + 1), { string.byte(slot.bytes, 1, GENERATION_BYTES) }
  if not is_current or newer[3] >= MAX_NUMBERS then
    local day = math.floor(now / DAY_MS)
    older, newer = string.sub(slot.bytes, 1, GENERATION_BYTES), { math.floor(day / 256), day % 256, 0 }
    for i = 4, GENERATION_BYTES do
      newer[i] = 0
    end
  end
  newer[3] = newer[3] + 1
  for _, bit in ipairs(number_bits(slot)) do
    local i = 4 + math.floor(bit / 8)
    if math.floor(newer[i] / 2 ^ (bit % 8)) % 2 == 0 then
      newer[i] = newer[i] + 2 ^ (bit % 8)
    end
  end
  if is_new_string then
    -- Written from its last byte on, a string is allocated once and at its final size; growing doubles it.
    redis.call('SETRANGE', slot.key, SLOTS_OF_STRING * SLOT_BYTES - 1, '\0')
  end
  slot.bytes = string.char(unpack(newer)) .. older
  redis.call('SETRANGE', slot.key, slot.at, slot.bytes)
end
