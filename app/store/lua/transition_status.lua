-- transition_status: change a message's status if the transition is allowed, and add it to the history.
--
-- `from` names the statuses that may change to this one: forward only, whatever the order of arrival.
-- A history line is `at status word`. A repeated line is not stored twice, and a message has at most
-- 20 lines, because some vendors report without end.
local function transition(message, status, from, word, reason, at)
  local stored = redis.call('HMGET', message, 'status', 'history')
  local line = status .. ' ' .. (word or '')
  local history = stored[2] or ''
  local _, lines = string.gsub(history, '\n', '\n')
  local entries = '\n' .. string.gsub(history .. '\n', '(%d+) ([^\n]*)\n', '%2\n')
  local is_repeated = string.find(entries, '\n' .. line .. '\n', 1, true)
  local is_allowed = stored[1] and string.find(',' .. (from or '') .. ',', ',' .. stored[1] .. ',', 1, true) ~= nil
  if not is_repeated and lines < 19 then
    redis.call('HSET', message, 'history', history .. '\n' .. at .. ' ' .. line)
  end
  if is_allowed then
    redis.call('HSET', message, 'status', status)
    if reason and reason ~= '' then
      redis.call('HSET', message, 'reason', reason)
    end
  end
  return is_allowed
end
