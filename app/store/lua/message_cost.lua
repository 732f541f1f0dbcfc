-- message_cost: count what a message costs in the spending of its day, and learn the price that its vendor reported.
--
-- A message is counted once: when a gateway accepts it, by the price that the vendor reported, or else by the price
-- table. Where a delivery report tells another price, the same day is corrected. A price is learned from each message
-- once, as a mean in which one message weighs an eighth, so that operators of one country with different prices do not
-- make it jump; it is forgotten 90 days after the last one of the currency. A price that is not believed changes
-- nothing, and is stored for `otp doctor`.
--
-- include record_key
--
-- Of the facts it reads `currency`, `price` (the vendor's, as text), `reported` (the same for the whole message in
-- millionths; 0 in another currency), `least` and `most` of a segment.
local PRICE_KEPT_MS, SPENDING_KEPT_MS, DAY_MS, PRICE_WEIGHT = 90 * 86400000, 3 * 86400000, 86400000, 8

local function learn_price(key, gateway, country, price)
  local field = gateway .. '/' .. country
  local stored = redis.call('HMGET', key, field, gateway)
  local known = tonumber(stored[1] or price)
  redis.call('HSET', key, field, string.format('%.0f', math.ceil(known + (price - known) / PRICE_WEIGHT)))
  if stored[2] then
    redis.call('HDEL', key, gateway)
  end
  redis.call('PEXPIRE', key, PRICE_KEPT_MS)
end

-- `accepted` is what a gateway's acceptance adds: `cost` (by the table, in millionths) and `segments`; a report has
-- neither.
-- Call it before `price` is stored: that is how a repeated report is known.
local function count_cost(prefix, message_key, facts, accepted, now)
  if not accepted.cost and not facts.reported then
    return
  end
  local message = redis.call('HMGET', message_key, 'verification', 'gateway', 'country', 'segments', 'price', 'cost')
  local segments = tonumber(accepted.segments or message[4])
  local day, counted = string.match(message[6] or '', '^(%d+) (%d+)$')
  local cost = not day and tonumber(accepted.cost) or nil
  if facts.reported and facts.price ~= message[5] then
    local key = prefix .. 'reported_prices:' .. facts.currency
    local price = math.ceil(tonumber(facts.reported) / (segments or 1))
    if price < tonumber(facts.least) or price > tonumber(facts.most) then
      redis.call('HSET', key, message[2], facts.price)
      redis.call('PEXPIRE', key, PRICE_KEPT_MS)
    else
      cost = tonumber(facts.reported)
      if segments then
        learn_price(key, message[2], message[3], price)
      end
    end
  end
  local app = cost and redis.call('HGET', record_key(prefix, message[1]), 'app')
  if not app then
    return
  end
  day = day or string.format('%.0f', math.floor(now / DAY_MS))
  local key, change = prefix .. 'spending:' .. facts.currency .. ':' .. day, cost - tonumber(counted or 0)
  if redis.call('HINCRBY', key, app .. '/' .. message[3], string.format('%.0f', change)) == change then
    redis.call('PEXPIRE', key, SPENDING_KEPT_MS) -- the first of its app and country
  end
  redis.call('HSET', message_key, 'cost', string.format('%s %.0f', day, cost))
end
