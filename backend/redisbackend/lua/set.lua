-- ARGV: channel, latest, data, age, time to live, sent.
if foreign then
  return {FOREIGN, now}
end
put(ARGV[3], ARGV[4], ARGV[5], ARGV[6])
tell('s')
return {OK, now}
