//! Blocks of IP addresses as configurations write them: `10.1.0.0/16`, `fd00::/8`, or one address alone.

use core::fmt;
use core::str::FromStr;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A block of addresses. A v4-mapped IPv6 address counts as the IPv4 address it carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    base: IpAddr,
    bits: u8,
}

/// Why a text is not a block of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an address or a block like 10.1.0.0/16")]
pub struct NotACidr;

impl Cidr {
    /// Every IPv4 address.
    pub const ANY_V4: Self = Self { base: IpAddr::V4(Ipv4Addr::UNSPECIFIED), bits: 0 };
    /// Every IPv6 address.
    pub const ANY_V6: Self = Self { base: IpAddr::V6(Ipv6Addr::UNSPECIFIED), bits: 0 };

    /// A block of IPv4 addresses; more than 32 bits mean one address.
    #[must_use]
    pub const fn v4(a: u8, b: u8, c: u8, d: u8, bits: u8) -> Self {
        Self { base: IpAddr::V4(Ipv4Addr::new(a, b, c, d)), bits }
    }

    /// A block of IPv6 addresses by its first two groups.
    #[must_use]
    pub const fn v6(a: u16, b: u16, bits: u8) -> Self {
        Self { base: IpAddr::V6(Ipv6Addr::new(a, b, 0, 0, 0, 0, 0, 0)), bits }
    }

    /// Whether `address` lies in the block.
    #[must_use]
    pub fn holds(&self, address: IpAddr) -> bool {
        match (self.base, address.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(address)) => {
                let shift = 32_u32.saturating_sub(u32::from(self.bits));
                base.to_bits().checked_shr(shift).unwrap_or(0)
                    == address.to_bits().checked_shr(shift).unwrap_or(0)
            }
            (IpAddr::V6(base), IpAddr::V6(address)) => {
                let shift = 128_u32.saturating_sub(u32::from(self.bits));
                base.to_bits().checked_shr(shift).unwrap_or(0)
                    == address.to_bits().checked_shr(shift).unwrap_or(0)
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

impl FromStr for Cidr {
    type Err = NotACidr;

    fn from_str(text: &str) -> Result<Self, NotACidr> {
        let (base, bits) = match text.split_once('/') {
            Some((base, bits)) => (base, Some(bits.parse::<u8>().map_err(|_| NotACidr)?)),
            None => (text, None),
        };
        let base: IpAddr = base.parse().map_err(|_| NotACidr)?;
        let most = if base.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        if bits <= most { Ok(Self { base, bits }) } else { Err(NotACidr) }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.base, self.bits)
    }
}

impl<'de> Deserialize<'de> for Cidr {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

impl Serialize for Cidr {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_holds_its_own_addresses_and_their_mapped_forms() {
        let block: Cidr = "10.1.0.0/16".parse().unwrap();
        for (address, inside) in
            [("10.1.255.255", true), ("10.2.0.0", false), ("::ffff:10.1.2.3", true), ("fd00::1", false)]
        {
            assert_eq!(block.holds(address.parse().unwrap()), inside, "{address}");
        }
        assert!(
            Cidr::ANY_V4.holds("8.8.8.8".parse().unwrap()) && !Cidr::ANY_V4.holds("2a00::1".parse().unwrap())
        );
        assert!("127.0.0.1".parse::<Cidr>().unwrap().holds("127.0.0.1".parse().unwrap()));
        assert!("fe80::/10".parse::<Cidr>().unwrap().holds("febf::1".parse().unwrap()));
    }

    #[test]
    fn what_is_not_a_block_is_refused_and_what_is_one_prints_as_written() {
        for wrong in ["", "10.0.0.0/33", "10.0.0/8", "::/129", "host", "10.0.0.0/-1"] {
            assert_eq!(wrong.parse::<Cidr>(), Err(NotACidr), "{wrong}");
        }
        assert_eq!("fd00::/8".parse::<Cidr>().unwrap().to_string(), "fd00::/8");
    }
}
