-- facts: read the arguments of a script, alternating names and values, into a table.
--
-- A value that is "" is not passed, so the fact is nil. A name that a script does not know is ignored.
local function read_facts(arguments)
  local facts = {}
  for i = 1, #arguments, 2 do
    facts[arguments[i]] = arguments[i + 1]
  end
  return facts
end
