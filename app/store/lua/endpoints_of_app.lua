-- endpoints_of_app: select the endpoints of an app from those of all apps, as `event_outbox` reads them; nil is all.
local function endpoints_of_app(operators, app)
  if not app then
    return operators
  end
  local wants = {}
  for want in string.gmatch(operators, '%S+') do
    if string.sub(want, 1, #app + 1) == app .. '/' then
      wants[#wants + 1] = want
    end
  end
  return table.concat(wants, ' ')
end
