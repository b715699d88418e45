-- ARGV: channel, latest, token.
if not owned(ARGV[3]) then
  return {LOST, now}
end
if kind ~= MARK then -- others may still compute under a mark's token
  drop()
  tell('r')
end
return {OK, now}
