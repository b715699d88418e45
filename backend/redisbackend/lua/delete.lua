-- ARGV: channel, latest.
if foreign then
  return {OK, now}
end
redis.call('DEL', key)
tell('d')
return {OK, now}
