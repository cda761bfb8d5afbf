//! Who may send: decided by the address alone, before anything is kept of a sender.

use std::net::IpAddr;

use weir_config::Prefix;

/// The reason in ledgers and metrics.
pub(super) const NOT_ALLOWED: &str = "not_allowed";

/// The allowed addresses, as ranges that neither overlap nor touch, in order.
#[derive(Debug, Clone, Default)]
pub(super) struct Allowed {
    /// There is no list: everybody may.
    everybody: bool,
    v4: Vec<(u32, u32)>,
    v6: Vec<(u128, u128)>,
}

impl Allowed {
    pub(super) fn new(prefixes: &[Prefix]) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for prefix in prefixes {
            match prefix.bounds() {
                (IpAddr::V4(first), IpAddr::V4(last)) => v4.push((first.to_bits(), last.to_bits())),
                (IpAddr::V6(first), IpAddr::V6(last)) => v6.push((first.to_bits(), last.to_bits())),
                _ => {}
            }
        }
        Self { everybody: prefixes.is_empty(), v4: merged(v4), v6: merged(v6) }
    }

    /// Whether there is nothing to ask.
    pub(super) fn is_everybody(&self) -> bool {
        self.everybody
    }

    /// Whether this sender may; IPv4 in IPv6's clothes is IPv4.
    pub(super) fn contains(&self, address: IpAddr) -> bool {
        self.everybody
            || match address.to_canonical() {
                IpAddr::V4(v4) => within(&self.v4, v4.to_bits()),
                IpAddr::V6(v6) => within(&self.v6, v6.to_bits()),
            }
    }
}

fn merged<T: Ord + Copy>(mut ranges: Vec<(T, T)>) -> Vec<(T, T)> {
    ranges.sort_unstable();
    let mut kept: Vec<(T, T)> = Vec::with_capacity(ranges.len());
    for (first, last) in ranges {
        match kept.last_mut() {
            Some(before) if first <= before.1 => before.1 = before.1.max(last),
            _ => kept.push((first, last)),
        }
    }
    kept
}

fn within<T: Ord + Copy>(ranges: &[(T, T)], value: T) -> bool {
    let after = ranges.partition_point(|(first, _)| *first <= value);
    after.checked_sub(1).is_some_and(|at| value <= ranges[at].1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn allowed(prefixes: &[&str]) -> Allowed {
        Allowed::new(&prefixes.iter().map(|text| text.parse().unwrap()).collect::<Vec<_>>())
    }

    #[test]
    fn an_empty_list_lets_everybody_in() {
        assert!(allowed(&[]).contains("203.0.113.9".parse().unwrap()));
    }

    #[test]
    fn families_are_apart_and_mapped_addresses_are_ipv4() {
        let list = allowed(&["10.0.0.0/8", "10.2.0.0/16", "192.0.2.7", "2001:db8::/32"]);
        for inside in ["10.0.0.0", "10.255.255.255", "192.0.2.7", "2001:db8::1", "::ffff:10.1.1.1"] {
            assert!(list.contains(inside.parse().unwrap()), "{inside}");
        }
        for outside in ["9.255.255.255", "11.0.0.0", "192.0.2.8", "2001:db9::", "::1", "::ffff:11.0.0.1"] {
            assert!(!list.contains(outside.parse().unwrap()), "{outside}");
        }
        assert!(!allowed(&["::/0"]).contains("10.0.0.1".parse().unwrap()));
        assert!(!allowed(&["0.0.0.0/0"]).contains("::1".parse().unwrap()));
    }

    proptest! {
        #[test]
        fn agrees_with_asking_every_prefix(
            networks in prop::collection::vec((any::<u32>(), 0u8..=32), 1..20),
            asked in any::<u32>(),
        ) {
            let mask = |length: u8| !u32::MAX.checked_shr(length.into()).unwrap_or(0);
            let prefixes: Vec<Prefix> = networks
                .iter()
                .map(|(bits, length)| {
                    format!("{}/{length}", std::net::Ipv4Addr::from(bits & mask(*length))).parse().unwrap()
                })
                .collect();
            let list = Allowed::new(&prefixes);
            for value in [asked].into_iter().chain(networks.iter().map(|(bits, _)| *bits)) {
                let expected = networks.iter().any(|(bits, length)| (bits ^ value) & mask(*length) == 0);
                prop_assert_eq!(list.contains(std::net::Ipv4Addr::from(value).into()), expected);
            }
        }
    }
}
