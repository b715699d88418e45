-- ARGV: channel, latest, token, time to live.
if not owned(ARGV[3]) then
  return {LOST, now}
end
local last = now + ARGV[4]
if kind ~= MARK or ends < last then
  ends = last
  save()
end
return {OK, now}
