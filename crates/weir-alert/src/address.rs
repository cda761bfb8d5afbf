//! Addresses and networks as ranges of 16 bytes, in which IPv4 stands as `::ffff:a.b.c.d`; so they are stored and compared.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use weir_config::Prefix;

use crate::AlertError;

/// An address, or all of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressRange {
    /// The lowest address.
    pub first: u128,
    /// The highest address.
    pub last: u128,
}

impl AddressRange {
    /// Whether it holds an address, as text.
    pub fn holds(&self, address: &str) -> bool {
        address.parse().is_ok_and(|address| (self.first..=self.last).contains(&bits(address)))
    }
}

impl FromStr for AddressRange {
    type Err = AlertError;

    fn from_str(text: &str) -> Result<Self, AlertError> {
        let prefix: Prefix = text.parse().map_err(|_| AlertError::NotAnAddress { text: text.to_owned() })?;
        let (first, last) = prefix.bounds();
        Ok(Self { first: bits(first), last: bits(last) })
    }
}

/// An address as a number.
pub(crate) fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

/// The network around an address that people think of: its /24, or its /64.
pub(crate) fn usual_network(address: &str) -> Option<String> {
    match address.parse::<IpAddr>().ok()?.to_canonical() {
        IpAddr::V4(address) => Some(format!("{}/24", Ipv4Addr::from_bits(address.to_bits() & !0xff))),
        IpAddr::V6(address) => {
            Some(format!("{}/64", Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_its_addresses_and_no_other() {
        let range: AddressRange = "10.1.2.3/24".parse().unwrap();
        assert!(range.holds("10.1.2.0") && range.holds("10.1.2.255") && range.holds("::ffff:10.1.2.9"));
        assert!(!range.holds("10.1.3.0") && !range.holds("10.1.1.255") && !range.holds("lan"));
        let all: AddressRange = "::/0".parse().unwrap();
        assert!(all.holds("2001:db8::1") && all.holds("192.0.2.1"));
        let one: AddressRange = "2001:db8::1".parse().unwrap();
        assert!(one.holds("2001:DB8:0::1") && !one.holds("2001:db8::2"));
        for wrong in ["", "lan", "10.0.0.0/33", "::/129", "10.0.0.0/x", "10.0.0/8"] {
            assert!(wrong.parse::<AddressRange>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn networks_are_named_by_their_first_address() {
        assert_eq!(usual_network("192.0.2.77").as_deref(), Some("192.0.2.0/24"));
        assert_eq!(usual_network("2001:db8:1:2:3::4").as_deref(), Some("2001:db8:1:2::/64"));
        assert_eq!(usual_network("host"), None);
    }
}
