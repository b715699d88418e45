-- ARGV: channel, latest, token of a new lease, time to live, token of the lease to take over or empty.
local mine, last = ARGV[3], now + ARGV[4]
if foreign then
  return {FOREIGN, now}
end
if kind == MARK and now < at + SECOND then
  if ends < last then
    ends = last
    save()
  end
  return {OK, now, token}
end
local held = (kind == LEASE or kind == TAKEN) and now < ends
if held and token == mine then
  return {OK, now, token} -- this call's own, whose first answer was lost on the way
end
if held and (token ~= ARGV[5] or kind == TAKEN) then
  return {HELD, now, token, at, ends, kind == TAKEN and 1 or 0}
end
kind, token, at, ends = held and TAKEN or LEASE, mine, now, last
save()
return {OK, now, token}
