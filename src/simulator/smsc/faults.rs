//! What the network does wrong on demand, changeable while it runs; chance comes from a seed, never from the clock.

use serde::{Deserialize, Serialize};

/// How often a fault strikes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rate {
    /// Not at all.
    #[default]
    Never,
    /// Every nth time, counted from when the faults were set.
    Every(u32),
    /// In so many of a thousand, by the seeded dice.
    Permille(u16),
}

/// All faults. The default is a network without any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// `submit_sm` answered with `ESME_RTHROTTLED`.
    pub throttle: Rate,
    /// `submit_sm` a second above which all are answered with `ESME_RTHROTTLED`.
    pub throttle_above_per_s: Option<u32>,
    /// `submit_sm` neither processed nor answered.
    pub drop: Rate,
    /// `submit_sm` processed, its response lost.
    pub lost_response: Rate,
    /// Milliseconds that every response to a `submit_sm` waits, from and to.
    pub delay_ms: Option<(u32, u32)>,
    /// Responses to `submit_sm` that later ones overtake.
    pub reorder: Rate,
    /// `deliver_sm` sent twice with one sequence number.
    pub duplicate: Rate,
    /// `deliver_sm` sent twice with two sequence numbers.
    pub duplicate_renumbered: Rate,
    /// The last acknowledged `deliver_sm` that are sent again to a receiver that binds.
    pub again_after_bind: u8,
    /// Delivery receipts leave before the `submit_sm_resp` that names their id.
    pub early_receipt: bool,
    /// How receipts are written.
    pub receipts: ReceiptForm,
    /// The connection is cut after so many PDUs from the ESME.
    pub disconnect_after_pdus: Option<u32>,
    /// Binds are refused with this `command_status`.
    pub reject_bind: Option<u32>,
    /// Octets a second the network reads.
    pub read_octets_per_s: Option<u32>,
}

/// How a network writes its receipts; the default is as most do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ReceiptForm {
    /// In what they say it.
    pub by: ReceiptBy,
    /// How the `submit_sm_resp` writes ids.
    pub response_id: IdAs,
    /// How receipts write them.
    pub receipt_id: IdAs,
    /// What ids are counted from.
    pub ids_from: u64,
    /// Each comes twice.
    pub twice: bool,
}

/// In what a receipt says what it says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReceiptBy {
    /// A `deliver_sm` with text and TLVs.
    #[default]
    Both,
    /// A `deliver_sm` with text alone, and its class left out.
    Text,
    /// A `data_sm` with TLVs alone.
    Data,
}

/// How an id is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdAs {
    /// Ten decimal digits.
    #[default]
    Padded,
    /// Decimal without zeros in front.
    Decimal,
    /// Hexadecimal in lower case.
    Hex,
    /// Ten hexadecimal digits in upper case.
    PaddedHex,
}

impl IdAs {
    /// The id so written.
    #[must_use]
    pub fn write(self, id: u64) -> String {
        match self {
            Self::Padded => format!("{id:010}"),
            Self::Decimal => id.to_string(),
            Self::Hex => format!("{id:x}"),
            Self::PaddedHex => format!("{id:010X}"),
        }
    }
}

/// The dice and counters behind the faults.
#[derive(Debug)]
pub struct Dice {
    state: u64,
    counts: [u32; 6],
}

/// Which counter a rate is counted with.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Throttle,
    Drop,
    LostResponse,
    Reorder,
    Duplicate,
    DuplicateRenumbered,
}

impl Dice {
    /// The same seed throws the same dice.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { state: seed, counts: [0; 6] }
    }

    /// The next number (splitmix64).
    fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number of `from..=to`.
    pub(super) fn between(&mut self, from: u32, to: u32) -> u32 {
        let span = u64::from(to.saturating_sub(from)).saturating_add(1);
        from.saturating_add(u32::try_from(self.next() % span).unwrap_or(0))
    }

    /// Whether the fault strikes this time.
    pub(super) fn strikes(&mut self, kind: Kind, rate: Rate) -> bool {
        match rate {
            Rate::Never => false,
            Rate::Permille(n) => self.next() % 1000 < u64::from(n),
            Rate::Every(n) => {
                let slot = match kind {
                    Kind::Throttle => 0,
                    Kind::Drop => 1,
                    Kind::LostResponse => 2,
                    Kind::Reorder => 3,
                    Kind::Duplicate => 4,
                    Kind::DuplicateRenumbered => 5,
                };
                let Some(count) = self.counts.get_mut(slot) else { return false };
                *count = count.wrapping_add(1);
                n > 0 && *count % n == 0
            }
        }
    }

    /// Forgets the counts, so that `Every` begins anew.
    pub(super) fn recount(&mut self) {
        self.counts = [0; 6];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_third_is_every_third_and_chance_follows_the_seed() {
        let mut dice = Dice::new(7);
        let struck: Vec<bool> = (0..6).map(|_| dice.strikes(Kind::Drop, Rate::Every(3))).collect();
        assert_eq!(struck, [false, false, true, false, false, true]);
        let throws = |seed| {
            let mut dice = Dice::new(seed);
            (0..1000).filter(|_| dice.strikes(Kind::Drop, Rate::Permille(100))).count()
        };
        assert_eq!(throws(1), throws(1));
        assert!((60..140).contains(&throws(1)), "{}", throws(1));
    }
}
