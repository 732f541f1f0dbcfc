-- check_permissions: ask the server which commands its ACL refuses to this user; where it refuses none, write a key.
--
-- A script, because a script runs with its caller's permissions, and only there may every user ask for them.
--
-- KEYS[1]  written         string, 1 s
-- facts.commands       an example of each command, separated by commas; KEY stands for KEYS[1]. Each is complete:
--                      redis.acl_check_cmd of Redis 7.0 reads arguments that are missing, and crashes
--
-- Returns  {now in microseconds since 1970, 1 if the server can tell, {refused command, …}}; now is 0 where commands
--          are refused: TIME may be one of them
-- include facts
local facts = read_facts(ARGV)
local refused = {}
for example in string.gmatch(redis.acl_check_cmd and facts.commands or '', '[^,]+') do
  local words = {}
  for word in string.gmatch(example, '%S+') do
    words[#words + 1] = word == 'KEY' and KEYS[1] or word
  end
  local is_known, is_allowed = pcall(redis.acl_check_cmd, unpack(words))
  if not (is_known and is_allowed) then
    refused[#refused + 1] = words[1]
  end
end
if #refused > 0 then
  return { 0, 1, refused }
end
local time = redis.call('TIME')
redis.call('SET', KEYS[1], 1, 'PX', 1000)
return { time[1] * 1000000 + time[2], redis.acl_check_cmd and 1 or 0, refused }
