//! The Lua that makes each write one atomic step inside one partition; `now` is always an argument.

use redis::Script;

/// The first half of a commit, compare and set of a session with everything that hangs on it. 0 done, 1 replay, 2 conflict.
/// KEYS session, profile, owed, the five lanes; ARGV now, step, version, session, its PX, profile's version or '',
/// profile, its PX, PX of owed, id, n done, fields done …, then of each row or due: '1' (insert) or '0' (replace), field, record,
/// key of its lane, due time or ''.
const COMPARE: &str = r"
local now = tonumber(ARGV[1])
local zero = string.rep('\0', 8)
local head = redis.call('GETRANGE', KEYS[1], 0, 32)
local version = zero
if #head == 33 and struct.unpack('>I8', head, 9) > now then
  if string.sub(head, 18, 33) == ARGV[2] then return 1 end
  version = string.sub(head, 1, 8)
end
if version ~= ARGV[3] then return 2 end
if ARGV[6] ~= '' then
  head = redis.call('GETRANGE', KEYS[2], 0, 15)
  version = zero
  if #head == 16 and struct.unpack('>I8', head, 9) > now then version = string.sub(head, 1, 8) end
  if version ~= ARGV[6] then return 2 end
  redis.call('SET', KEYS[2], ARGV[7], 'PX', ARGV[8])
end
";

/// Between comparing and setting, where everything else of the person goes. KEYS besides: quarantine; ARGV[7], since there is
/// no profile to write: the fields that stay, 17 bytes each.
const WIPE: &str = r"
local stay = {}
for i = 1, #ARGV[7], 17 do stay[string.sub(ARGV[7], i, i + 16)] = true end
redis.call('DEL', KEYS[2])
for _, field in ipairs(redis.call('HKEYS', KEYS[3])) do
  if not stay[field] then
    redis.call('HDEL', KEYS[3], field)
    for lane = 4, 8 do redis.call('ZREM', KEYS[lane], ARGV[10] .. field) end
  end
end
for _, field in ipairs(redis.call('HKEYS', KEYS[9])) do
  if string.sub(field, 1, #ARGV[10]) == ARGV[10] then redis.call('HDEL', KEYS[9], field) end
end
";

/// The second half of a commit, as `COMPARE` describes it.
const SET: &str = r"
redis.call('SET', KEYS[1], ARGV[4], 'PX', ARGV[5])
local at = 11 + tonumber(ARGV[11])
for i = 12, at do
  redis.call('HDEL', KEYS[3], ARGV[i])
  for lane = 4, 8 do redis.call('ZREM', KEYS[lane], ARGV[10] .. ARGV[i]) end
end
local wrote = false
for i = at + 1, #ARGV, 5 do
  local fresh = true
  if ARGV[i] == '1' then
    fresh = redis.call('HSETNX', KEYS[3], ARGV[i + 1], ARGV[i + 2]) == 1
  else
    redis.call('HSET', KEYS[3], ARGV[i + 1], ARGV[i + 2])
  end
  if fresh then
    wrote = true
    if ARGV[i + 4] ~= '' then
      redis.call('ZADD', KEYS[tonumber(ARGV[i + 3])], ARGV[i + 4], ARGV[10] .. ARGV[i + 1])
    end
  end
end
if wrote and redis.call('PTTL', KEYS[3]) < tonumber(ARGV[9]) then redis.call('PEXPIRE', KEYS[3], ARGV[9]) end
return 0
";

/// Rows of one person, each once. KEYS owed, the five lanes; ARGV id, PX, then field, record, key of lane, due time or ''.
const INSERT: &str = r"
local wrote = false
for i = 3, #ARGV, 4 do
  if redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 1]) == 1 then
    wrote = true
    if ARGV[i + 3] ~= '' then redis.call('ZADD', KEYS[tonumber(ARGV[i + 2])], ARGV[i + 3], ARGV[1] .. ARGV[i]) end
  end
end
if wrote and redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1
";

/// Moves what is due to the end of its lease: the longest due, and of the latest due so many more.
/// KEYS due; ARGV now, until, most, most of the latest.
const CLAIM: &str = r"
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
for _, member in ipairs(due) do redis.call('ZADD', KEYS[1], 'XX', ARGV[2], member) end
if ARGV[4] ~= '0' then
  for _, member in ipairs(redis.call('ZREVRANGEBYSCORE', KEYS[1], ARGV[1], '-inf', 'LIMIT', 0, ARGV[4])) do
    redis.call('ZADD', KEYS[1], 'XX', ARGV[2], member)
    due[#due + 1] = member
  end
end
return due
";

/// Rows of one partition, each only if it is still the version that was read; for each how many fields its person has, or 0.
/// KEYS the five lanes, owed …; ARGV key of owed, field, version, record, key of lane, due time or '', member.
const RECORD: &str = r"
local done = {}
for i = 1, #ARGV, 7 do
  local owed = KEYS[tonumber(ARGV[i])]
  local found = redis.call('HGET', owed, ARGV[i + 1])
  if found and string.sub(found, 1, 8) == ARGV[i + 2] then
    redis.call('HSET', owed, ARGV[i + 1], ARGV[i + 3])
    local lane = KEYS[tonumber(ARGV[i + 4])]
    if ARGV[i + 5] == '' then
      redis.call('ZREM', lane, ARGV[i + 6])
    else
      redis.call('ZADD', lane, ARGV[i + 5], ARGV[i + 6])
    end
    done[#done + 1] = redis.call('HLEN', owed)
  else
    done[#done + 1] = 0
  end
end
return done
";

/// Replaces or removes a due; one that is gone stays gone. KEYS owed, the five lanes; ARGV id, field, next field
/// or '', record, due time, PX, place of its lane among KEYS.
const SETTLE: &str = r"
if redis.call('HDEL', KEYS[1], ARGV[2]) == 0 then return 0 end
for lane = 2, 6 do redis.call('ZREM', KEYS[lane], ARGV[1] .. ARGV[2]) end
if ARGV[3] ~= '' then
  redis.call('HSET', KEYS[1], ARGV[3], ARGV[4])
  redis.call('ZADD', KEYS[tonumber(ARGV[7])], ARGV[5], ARGV[1] .. ARGV[3])
  if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[6]) then redis.call('PEXPIRE', KEYS[1], ARGV[6]) end
end
return 1
";

/// Moves a person to another id if nothing has changed since it was read. What stands under the new id stays.
/// KEYS session, profile, owed, the five lanes, quarantine, then session, profile, owed of the new id;
/// ARGV id, new id, session's version or '', record, profile's version or '', record, then field, version, record.
const REKEY: &str = r"
if redis.call('GETRANGE', KEYS[1], 0, 7) ~= ARGV[3] then return 0 end
if redis.call('GETRANGE', KEYS[2], 0, 7) ~= ARGV[5] then return 0 end
if redis.call('HLEN', KEYS[3]) * 3 ~= #ARGV - 6 then return 0 end
for i = 7, #ARGV, 3 do
  local found = redis.call('HGET', KEYS[3], ARGV[i])
  if not found or string.sub(found, 1, 8) ~= ARGV[i + 1] then return 0 end
end
local function keep(from, to)
  local left = redis.call('PTTL', from)
  if left > redis.call('PTTL', to) then redis.call('PEXPIRE', to, left) end
end
for place = 1, 2 do
  local record = ARGV[place * 2 + 2]
  if record ~= '' and redis.call('SETNX', KEYS[place + 9], record) == 1 then keep(KEYS[place], KEYS[place + 9]) end
end
for i = 7, #ARGV, 3 do
  redis.call('HSETNX', KEYS[12], ARGV[i], ARGV[i + 2])
  for lane = 4, 8 do
    local due = redis.call('ZSCORE', KEYS[lane], ARGV[1] .. ARGV[i])
    if due then
      redis.call('ZREM', KEYS[lane], ARGV[1] .. ARGV[i])
      redis.call('ZADD', KEYS[lane], due, ARGV[2] .. ARGV[i])
    end
  end
end
if #ARGV > 6 then keep(KEYS[3], KEYS[12]) end
for _, field in ipairs(redis.call('HKEYS', KEYS[9])) do
  if string.sub(field, 1, #ARGV[1]) == ARGV[1] then
    redis.call('HSET', KEYS[9], ARGV[2] .. string.sub(field, #ARGV[1] + 1), redis.call('HGET', KEYS[9], field))
    redis.call('HDEL', KEYS[9], field)
  end
end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
return 1
";

/// Puts a string aside if it is still the one that was read. KEYS it, quarantine; ARGV bytes, field.
const ASIDE: &str = r"
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[1])
redis.call('DEL', KEYS[1])
return 1
";

/// Puts a row or due aside. KEYS owed, quarantine, the five lanes; ARGV bytes, field, member (also its field in quarantine).
const ASIDE_OWED: &str = r"
if redis.call('HGET', KEYS[1], ARGV[2]) ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[2], ARGV[3], ARGV[1])
redis.call('HDEL', KEYS[1], ARGV[2])
for lane = 3, 7 do redis.call('ZREM', KEYS[lane], ARGV[3]) end
return 1
";

/// Removes fields that are past and not due, where they are still what was read. KEYS owed, the five lanes; ARGV id, then
/// field, version.
const PRUNE: &str = r"
local function due(member)
  for lane = 2, 6 do if redis.call('ZSCORE', KEYS[lane], member) then return true end end
  return false
end
for i = 2, #ARGV, 2 do
  local member = ARGV[1] .. ARGV[i]
  local found = redis.call('HGET', KEYS[1], ARGV[i])
  if found and string.sub(found, 1, 8) == ARGV[i + 1] and not due(member) then
    redis.call('HDEL', KEYS[1], ARGV[i])
  end
end
return 1
";

/// Blanks or removes fields that are not due, where they are still what was read; how many of each. KEYS owed, the five
/// lanes; ARGV id, then field, version, record or ''.
const AGE: &str = r"
local function due(member)
  for lane = 2, 6 do if redis.call('ZSCORE', KEYS[lane], member) then return true end end
  return false
end
local blanked, removed = 0, 0
for i = 2, #ARGV, 3 do
  local member = ARGV[1] .. ARGV[i]
  local found = redis.call('HGET', KEYS[1], ARGV[i])
  if found and string.sub(found, 1, 8) == ARGV[i + 1] and not due(member) then
    if ARGV[i + 2] == '' then
      redis.call('HDEL', KEYS[1], ARGV[i])
      removed = removed + 1
    else
      redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 2])
      blanked = blanked + 1
    end
  end
end
return {blanked, removed}
";

/// Parks a receipt once. KEYS parked, due; ARGV key, record, again, most. 1: it is parked, 0: there is no room.
const PARK: &str = r"
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 1 then return 1 end
if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[4]) then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
return 1
";

/// Parked receipts that are due, each put off. KEYS parked, due; ARGV now, again, most. Key and record in turn.
const PARKED_DUE: &str = r"
local due = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[1], 'LIMIT', 0, ARGV[3])
local found = {}
for _, key in ipairs(due) do
  local record = redis.call('HGET', KEYS[1], key)
  if record then
    redis.call('ZADD', KEYS[2], ARGV[2], key)
    found[#found + 1] = key
    found[#found + 1] = record
  else
    redis.call('ZREM', KEYS[2], key)
  end
end
return found
";

/// Writes a shared record if its version fits, or if it is this very record already. KEYS it, names; ARGV now, version, record, PX or '', name.
const PUT: &str = r"
local found = redis.call('GET', KEYS[1])
if found == ARGV[3] then return 1 end
local version = string.rep('\0', 8)
if found and #found > 16 and struct.unpack('>I8', found, 9) > tonumber(ARGV[1]) then version = string.sub(found, 1, 8) end
if version ~= ARGV[2] then return 0 end
if ARGV[4] == '' then redis.call('SET', KEYS[1], ARGV[3]) else redis.call('SET', KEYS[1], ARGV[3], 'PX', ARGV[4]) end
redis.call('ZADD', KEYS[2], 0, ARGV[5])
return 1
";

/// Removes a shared record. KEYS it, names; ARGV name.
const DROP: &str = r"
redis.call('ZREM', KEYS[2], ARGV[1])
return redis.call('DEL', KEYS[1])
";

/// Takes or renews a lease; its epoch, or 0 when another holds it. KEYS it; ARGV owner, now, until.
const LEASE: &str = r"
local epoch = 1
local held = redis.call('GET', KEYS[1])
if held then
  local was, owner, ends = string.match(held, '^(%d+):(%d+):(-?%d+)$')
  epoch = tonumber(was)
  if owner ~= ARGV[1] then
    if tonumber(ends) > tonumber(ARGV[2]) then return 0 end
    epoch = epoch + 1
  end
end
redis.call('SET', KEYS[1], string.format('%.0f:%s:%s', epoch, ARGV[1], ARGV[3]))
return epoch
";

/// What this store is: format, partitions, fingerprint; 1 if it is what we want. KEYS meta; ARGV pairs.
const META: &str = r"
for i = 1, #ARGV, 2 do
  redis.call('HSETNX', KEYS[1], ARGV[i], ARGV[i + 1])
  if redis.call('HGET', KEYS[1], ARGV[i]) ~= ARGV[i + 1] then return ARGV[i] end
end
return ''
";

/// All scripts, hashed once.
#[derive(Debug)]
pub(super) struct Scripts {
    pub(super) commit: Script,
    pub(super) commit_erasing: Script,
    pub(super) insert: Script,
    pub(super) claim: Script,
    pub(super) record: Script,
    pub(super) settle: Script,
    pub(super) drop: Script,
    pub(super) rekey: Script,
    pub(super) age: Script,
    pub(super) aside: Script,
    pub(super) aside_owed: Script,
    pub(super) prune: Script,
    pub(super) park: Script,
    pub(super) parked_due: Script,
    pub(super) put: Script,
    pub(super) lease: Script,
    pub(super) meta: Script,
}

impl Scripts {
    pub(super) fn new() -> Self {
        Self {
            commit: Script::new(&[COMPARE, SET].concat()),
            commit_erasing: Script::new(&[COMPARE, WIPE, SET].concat()),
            insert: Script::new(INSERT),
            claim: Script::new(CLAIM),
            record: Script::new(RECORD),
            settle: Script::new(SETTLE),
            drop: Script::new(DROP),
            rekey: Script::new(REKEY),
            age: Script::new(AGE),
            aside: Script::new(ASIDE),
            aside_owed: Script::new(ASIDE_OWED),
            prune: Script::new(PRUNE),
            park: Script::new(PARK),
            parked_due: Script::new(PARKED_DUE),
            put: Script::new(PUT),
            lease: Script::new(LEASE),
            meta: Script::new(META),
        }
    }
}
