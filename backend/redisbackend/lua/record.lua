-- What every script begins with: the string under KEYS[1], read, and ways to write it. ../record.go draws the string.
-- ARGV[1] is the channel that is told, or empty; ARGV[2] the latest time at which the script may still do something, or
-- empty. All times are microseconds. Every script returns {code, now, ...}.
local OK, FOREIGN, LATE, LOST, HELD = 0, 1, 2, 3, 4
local NONE, LEASE, TAKEN, MARK = 0, 1, 2, 3
local MAGIC, LEASED, HEAD = 'cch\1', 37, 69
local SECOND = 1000000

local key, channel = KEYS[1], ARGV[1]
local now = redis.call('TIME')
now = now[1] * SECOND + now[2]
if ARGV[2] ~= '' and now > tonumber(ARGV[2]) then
  return {LATE, now}
end

-- foreign: what is there isn't ours. stored: there is something, and an entry if entry is set.
local foreign, stored, entry = false, false, false
local kind, token, at, ends, created, expires = NONE, '', 0, 0, 0, 0
local head = redis.pcall('GETRANGE', key, 0, HEAD - 1)
if type(head) == 'table' then
  if not string.find(head.err, 'WRONGTYPE', 1, true) then
    return head
  end
  foreign = true
elseif head == '' then
  foreign = redis.call('EXISTS', key) == 1
else
  foreign, stored = string.sub(head, 1, #MAGIC) ~= MAGIC, true
  if not foreign and #head >= LEASED then
    kind, token, at, ends = struct.unpack('>Bc16i8i8', head, #MAGIC + 1)
  end
  if not foreign and #head == HEAD then
    created, expires = struct.unpack('>i8i8', head, LEASED + 1)
    entry = expires == 0 or now < expires
  end
end

-- whole writes a number in full: Lua's own way would round a time.
local function whole(n)
  return string.format('%.0f', n)
end

-- millis rounds up, so that nothing ends early.
local function millis(micros)
  return whole(math.ceil(micros / 1000))
end

-- save writes the record in front of the entry, or alone. The string lasts as long as the longer of the two.
local function save()
  local record = MAGIC .. struct.pack('>Bc16i8i8', kind, token, at, ends)
  if not entry then
    redis.call('SET', key, record, 'PXAT', millis(ends))
    return
  end
  redis.call('SETRANGE', key, 0, record)
  if expires ~= 0 then
    redis.call('PEXPIREAT', key, millis(math.max(expires, ends)))
  end
end

-- drop ends the record.
local function drop()
  if not entry then
    redis.call('DEL', key)
    return
  end
  kind, token, at, ends = NONE, string.rep('\0', 16), 0, 0
  save()
end

-- put stores an entry in place of all there is, made that long ago, for that long from the time it was sent; empty: not
-- known, and for ever. sent is what our clock showed then, as far as the client knew: a large entry is long on its way.
-- Where it isn't known, or our clock has been set since the client knew it, it is now.
local function put(data, age, ttl, sent)
  local base, made, over = now, 0, 0
  if sent ~= '' and math.abs(now - sent) < 10 * SECOND then
    base = tonumber(sent)
  end
  if age ~= '' then
    made = base - age
  end
  if ttl == '' then
    redis.call('SET', key, data)
  else
    over = base + ttl
    if over <= now then
      redis.call('DEL', key)
      return
    end
    redis.call('SET', key, data, 'PXAT', millis(over))
  end
  redis.call('SETRANGE', key, LEASED, struct.pack('>i8i8', made, over))
end

-- owned says that the lease with that token hasn't ended.
local function owned(mine)
  return kind ~= NONE and token == mine and now < ends
end

-- tell is best effort: who may not publish still stores.
local function tell(event)
  if channel ~= '' then
    redis.pcall('PUBLISH', channel, event .. key)
  end
end
