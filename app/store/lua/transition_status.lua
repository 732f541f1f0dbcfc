-- transition_status: change a message's status if it may become so, and remember what was said.
--
-- `from` names the statuses that may become this one: upward only, whatever the order of arrival.
-- A history line is `at status word`; what was said before is not written twice, and 20 lines are
-- enough for a vendor that never stops talking.
local function transition(message, status, from, word, reason, at)
  local kept = redis.call('HMGET', message, 'status', 'history')
  local line = status .. ' ' .. word
  local history = kept[2] or ''
  local _, lines = string.gsub(history, '\n', '\n')
  local known = string.find('\n' .. string.gsub(history .. '\n', '(%d+) ([^\n]*)\n', '%2\n'), '\n' .. line .. '\n', 1, true)
  local moves = kept[1] and string.find(',' .. from .. ',', ',' .. kept[1] .. ',', 1, true) ~= nil
  if not known and lines < 19 then
    redis.call('HSET', message, 'history', history .. '\n' .. at .. ' ' .. line)
  end
  if moves then
    redis.call('HSET', message, 'status', status)
    if reason ~= '' then
      redis.call('HSET', message, 'reason', reason)
    end
  end
  return moves
end
