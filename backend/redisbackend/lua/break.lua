-- ARGV: channel, latest. Returns whether there was something to break.
local n = 0
if kind ~= NONE then
  if now < ends then
    n = 1
  end
  drop()
  tell('r')
end
return {OK, now, n}
