-- ARGV: channel, latest, token, data, age, time to live, sent.
if not owned(ARGV[3]) then
  return {LOST, now}
end
put(ARGV[4], ARGV[5], ARGV[6], ARGV[7])
tell('s')
return {OK, now}
