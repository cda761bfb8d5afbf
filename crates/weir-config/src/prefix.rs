//! Address prefixes: `10.0.0.0/8`, `2001:db8::/32`, or one address.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// All addresses that start with the same bits. IPv4-mapped IPv6 addresses count as IPv4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[serde(try_from = "String", into = "String")]
pub struct Prefix {
    address: IpAddr,
    length: u8,
}

/// Why a text is no prefix.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PrefixError {
    /// No address before the slash.
    #[error("`{0}` is no address prefix; write `10.0.0.0/8`, `2001:db8::/32` or one address")]
    Address(String),
    /// More bits than the address has, or no number.
    #[error("`{0}` has no length of 0 to {1} bits behind the slash")]
    Length(String, u8),
}

impl Prefix {
    /// Whether the address starts with the prefix.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let shift = 32 - u32::from(self.length);
                (own.to_bits() ^ other.to_bits()).checked_shr(shift).unwrap_or(0) == 0
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let shift = 128 - u32::from(self.length);
                (own.to_bits() ^ other.to_bits()).checked_shr(shift).unwrap_or(0) == 0
            }
            _ => false,
        }
    }

    /// The first and the last address that belong to it.
    pub fn bounds(&self) -> (IpAddr, IpAddr) {
        match self.address {
            IpAddr::V4(address) => {
                let host = u32::MAX.checked_shr(self.length.into()).unwrap_or(0);
                let bits = address.to_bits();
                (Ipv4Addr::from(bits & !host).into(), Ipv4Addr::from(bits | host).into())
            }
            IpAddr::V6(address) => {
                let host = u128::MAX.checked_shr(self.length.into()).unwrap_or(0);
                let bits = address.to_bits();
                (Ipv6Addr::from(bits & !host).into(), Ipv6Addr::from(bits | host).into())
            }
        }
    }

    /// Number of leading bits that have to be equal.
    pub fn length(&self) -> u8 {
        self.length
    }
}

impl FromStr for Prefix {
    type Err = PrefixError;

    fn from_str(text: &str) -> Result<Self, PrefixError> {
        let (address, length) = text.split_once('/').map_or((text, None), |(a, length)| (a, Some(length)));
        let address: IpAddr = address.trim().parse().map_err(|_| PrefixError::Address(text.to_owned()))?;
        let address = address.to_canonical();
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let length = match length {
            None => bits,
            Some(length) => length
                .trim()
                .parse()
                .ok()
                .filter(|length| *length <= bits)
                .ok_or_else(|| PrefixError::Length(text.to_owned(), bits))?,
        };
        Ok(Prefix { address, length })
    }
}

impl fmt::Display for Prefix {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.address, self.length)
    }
}

impl TryFrom<String> for Prefix {
    type Error = PrefixError;

    fn try_from(text: String) -> Result<Self, PrefixError> {
        text.parse()
    }
}

impl From<Prefix> for String {
    fn from(prefix: Prefix) -> Self {
        prefix.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(prefix: &str, address: &str) -> bool {
        prefix.parse::<Prefix>().unwrap().contains(address.parse().unwrap())
    }

    #[test]
    fn tells_which_addresses_belong() {
        assert!(contains("10.0.0.0/8", "10.255.0.1") && !contains("10.0.0.0/8", "11.0.0.1"));
        assert!(contains("10.0.0.0/8", "::ffff:10.1.2.3"));
        assert!(contains("192.0.2.1", "192.0.2.1") && !contains("192.0.2.1", "192.0.2.0"));
        assert!(contains("0.0.0.0/0", "203.0.113.9") && !contains("0.0.0.0/0", "::1"));
        assert!(contains("2001:db8::/32", "2001:db8:1::1") && !contains("2001:db8::/32", "2001:db9::"));
        assert!(contains("::/0", "2001:db8::1"));
    }

    #[test]
    fn bounds_are_its_first_and_last_address() {
        for (prefix, first, last) in [
            ("10.1.2.3/8", "10.0.0.0", "10.255.255.255"),
            ("192.0.2.1", "192.0.2.1", "192.0.2.1"),
            ("0.0.0.0/0", "0.0.0.0", "255.255.255.255"),
            ("2001:db8::/32", "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff"),
            ("::/0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"),
        ] {
            let bounds = prefix.parse::<Prefix>().unwrap().bounds();
            assert_eq!(bounds, (first.parse().unwrap(), last.parse().unwrap()), "{prefix}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        assert_eq!("10.0.0.0/33".parse::<Prefix>(), Err(PrefixError::Length("10.0.0.0/33".to_owned(), 32)));
        assert_eq!("office".parse::<Prefix>(), Err(PrefixError::Address("office".to_owned())));
        assert_eq!("2001:db8::/32".parse::<Prefix>().unwrap().to_string(), "2001:db8::/32");
    }
}
