//! Names of keys in Redis: all of a person's keys carry the tag of his partition, so that a turn stays in one slot.

use crate::domain::delivery::Lane;
use crate::domain::envelope::StepKey;
use crate::domain::person::{Person, PersonId};

/// `{p17}s` and 17 raw bytes: the session.
pub(super) fn session(person: Person) -> Vec<u8> {
    of_person(person, b's')
}

/// `{p17}f` and 17 raw bytes: the profile.
pub(super) fn profile(person: Person) -> Vec<u8> {
    of_person(person, b'f')
}

/// `{p17}o` and 17 raw bytes: a hash of all rows and dues of a person, by kind and id.
pub(super) fn owed(person: Person) -> Vec<u8> {
    of_person(person, b'o')
}

/// The person of such a key.
pub(super) fn owner(key: &[u8]) -> Option<Person> {
    let (head, id) = key.split_last_chunk::<17>()?;
    let partition = core::str::from_utf8(head.strip_prefix(b"{p")?.strip_suffix(b"}o")?).ok()?;
    Some(Person { partition: partition.parse().ok()?, id: PersonId(*id) })
}

/// `{p17}n` (now), `{p17}a` (asked), `{p17}b` (bulk), `{p17}w` (work) or `{p17}l` (looks): the zset of what is due; members are
/// person id and field.
pub(super) fn due(partition: u8, lane: Lane) -> Vec<u8> {
    of_partition(
        partition,
        match lane {
            Lane::Now => b'n',
            Lane::Asked => b'a',
            Lane::Bulk => b'b',
            Lane::Work => b'w',
            Lane::Looks => b'l',
        },
    )
}

/// The zsets of all lanes, in the order of `Lane::ALL`: as a script has them among its keys.
pub(super) fn dues(partition: u8) -> Vec<Vec<u8>> {
    Lane::ALL.map(|lane| due(partition, lane)).into()
}

/// `{p17}q`: what could not be read, by person id, kind and id.
pub(super) fn quarantine(partition: u8) -> Vec<u8> {
    of_partition(partition, b'q')
}

/// `{p17}i` and 17 raw bytes: the set of keys under which parts of a person are awaited, so that they can be removed.
pub(super) fn awaited_of(person: Person) -> Vec<u8> {
    of_person(person, b'i')
}

/// Which of the 256 places of receipts a key belongs to; its first octet, since keys are hashes.
pub(super) fn place(key: StepKey) -> u8 {
    let [place, ..] = key.0;
    place
}

/// `{r17}i` and 16 raw bytes: whose part is awaited under this key.
pub(super) fn awaited(key: StepKey) -> Vec<u8> {
    let mut name = of_place(place(key), b'i');
    name.extend_from_slice(&key.0);
    name
}

/// `{r17}p`: the hash of parked receipts by key.
pub(super) fn parked(place: u8) -> Vec<u8> {
    of_place(place, b'p')
}

/// `{r17}z`: the zset of when each is looked at again.
pub(super) fn parked_due(place: u8) -> Vec<u8> {
    of_place(place, b'z')
}

/// `{shared}v:` and the name: a shared record.
pub(super) fn shared(name: &str) -> String {
    format!("{{shared}}v:{name}")
}

/// `{shared}l:` and the name: a lease.
pub(super) fn lease(name: &str) -> String {
    format!("{{shared}}l:{name}")
}

/// The names of all shared records, a zset in lexical order.
pub(super) const NAMES: &str = "{shared}names";
/// What this store is.
pub(super) const META: &str = "{shared}meta";
/// Shared records that could not be read, by `n` and name.
pub(super) const SHARED_QUARANTINE: &str = "{shared}q";
/// Written to see whether writes are taken.
pub(super) const PROBED: &str = "{shared}probed";

/// The member of a due zset: person id and field.
pub(super) fn member(id: &PersonId, field: &[u8]) -> Vec<u8> {
    [id.0.as_slice(), field].concat()
}

/// Person and field of a member.
pub(super) fn split(partition: u8, member: &[u8]) -> Option<(Person, &[u8])> {
    let (id, field) = member.split_first_chunk::<17>()?;
    Some((Person { partition, id: PersonId(*id) }, field))
}

fn of_person(person: Person, kind: u8) -> Vec<u8> {
    let mut key = of_partition(person.partition, kind);
    key.extend_from_slice(&person.id.0);
    key
}

fn of_place(place: u8, kind: u8) -> Vec<u8> {
    let mut key = Vec::with_capacity(24);
    key.extend_from_slice(b"{r");
    key.extend_from_slice(place.to_string().as_bytes());
    key.extend_from_slice(&[b'}', kind]);
    key
}

fn of_partition(partition: u8, kind: u8) -> Vec<u8> {
    let mut key = Vec::with_capacity(24);
    key.extend_from_slice(b"{p");
    key.extend_from_slice(partition.to_string().as_bytes());
    key.extend_from_slice(&[b'}', kind]);
    key
}
