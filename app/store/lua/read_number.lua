-- read_number: list the verifications and messages of a number in an app, and what refuses it a new one now.
--
-- A script, because waits, locks and limits are compared with the server's clock, and belong to the list of the same
-- moment. It writes nothing.
--
-- KEYS[1]  number         hash: failures
-- KEYS[2]  pending        zset of the number's verifications
-- KEYS[3]  blocked        set of number names
-- KEYS[4]  opted_out      string
-- KEYS[5]  outgoing_of    zset of the number's messages
-- KEYS[6]  prefix of all keys; those of the fraud guard, of proven numbers and of opt-outs are appended
-- facts.now            milliseconds since 1970; 0 for the server's clock
-- facts.name           name of the number
-- facts.app            app of the API key
-- facts.country        country of the number
-- facts.test           "1" for a number that gets no SMS
-- facts.cost           expected cost of one SMS, in millionths of the currency
-- facts.guard          mode of the fraud guard and its figures, as `guard_verdict` reads them; without it, it is off
-- facts.block          name of the number's block
-- facts.range          name of the number's range
-- facts.send_limits    limits on sends, as `limit_check` reads them
--
-- Returns  {"read", failures, {"<purpose>/<id>", …}, {message id, …}, {{kind, limit or "", until or 0, sender or "", since}, …}}
--          where a kind is "block", "opt_out", "lock", "wait", "guard" or "limit"; limits of a value that is not known here, such
--          as an address, are not among them; an opt-out of messages without a code has a sender, and when it was reported
-- include facts
-- include now
-- include sliding_window
-- include limit_check
-- include failure_lockout
-- include guard_verdict
-- include opt_outs
local facts = read_facts(ARGV)
local now = read_now(facts.now)
local blockers = {}

-- Add each limit that is full, by the window that frees up last.
local function add_full_limits(limits, source)
  local latest, order = {}, {}
  for _, window in ipairs(open_windows(limits, source, now)) do
    local free = free_at(window)
    local limit = window.limit.name
    if free > (latest[limit] or now) then
      order[#order + 1] = not latest[limit] and limit or nil
      latest[limit] = free
    end
  end
  for _, limit in ipairs(order) do
    blockers[#blockers + 1] = { 'limit', limit, latest[limit] }
  end
end

local function add_wait(of)
  if of.locked_until > now then
    blockers[#blockers + 1] = { 'lock', '', of.locked_until }
  elseif of.wait_until > now then
    blockers[#blockers + 1] = { 'wait', '', of.wait_until }
  end
end

if redis.call('SISMEMBER', KEYS[3], facts.name) == 1 then
  blockers[#blockers + 1] = { 'block', '', 0 }
end
local opted_out = redis.call('PTTL', KEYS[4])
if opted_out > 0 then
  blockers[#blockers + 1] = { 'opt_out', '', now + opted_out }
end
local opt_outs = read_opt_outs(KEYS[6], facts.app, facts.name, now)
table.sort(opt_outs, function(a, b) return a.since < b.since or (a.since == b.since and a.sender < b.sender) end)
for _, one in ipairs(opt_outs) do
  blockers[#blockers + 1] = { 'opt_out', '', one.since + OPT_OUT_MS, one.sender, one.since }
end
local failures = read_failures(KEYS[1], now, '')
add_wait(failures.others)
add_wait(failures.devices)
local destination = { name = facts.name, app = facts.app, country = facts.country, test = facts.test, block = facts.block,
  range = facts.range }
local verdict = judge_send(KEYS[6], destination, facts.guard, KEYS[1], {}, now)
if is_refused(verdict) then
  local ends = verdict.guard.of_block.ends * 1000
  blockers[#blockers + 1] = { 'guard', '', ends > now and ends or 0 }
end
local limits = read_limits(facts.send_limits)
add_full_limits(limits, { caller = 'stranger', share_caller = 'stranger', name = facts.name, app = facts.app,
  country = facts.country, cost = facts.cost, test = facts.test })
if not facts.test then
  add_full_limits(limits, { caller = 'device', name = facts.name })
end
return { 'read', failures.others.count + failures.devices.count, redis.call('ZRANGE', KEYS[2], 0, -1),
  redis.call('ZRANGE', KEYS[5], 0, -1), blockers }
