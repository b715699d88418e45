-- ARGV: channel, latest, token.
if not owned(ARGV[3]) then
  return {LOST, now}
end
-- What others share already is not shortened.
if kind ~= MARK or ends < now + SECOND then
  ends = now + SECOND
end
kind, at = MARK, now
save()
tell('r')
return {OK, now}
