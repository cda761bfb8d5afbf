//! Interning of addresses: one table per batch gives each distinct address a small code.
//!
//! IPv4 has its own table of (key, code) words, because a flow has two to four IPv4 addresses and this look-up is a
//! large part of decoding. Both tables are open-addressed with linear probing at a load of at most one half, and hash
//! with a random multiplier, so that a sender cannot choose colliding addresses.

use std::hash::{BuildHasher, RandomState};
use std::net::IpAddr;

const MIN_SLOTS: usize = 1 << 10;
const MAPPED_PREFIX: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

/// Distinct addresses of a batch, in order of appearance.
#[derive(Debug)]
pub(crate) struct Addresses {
    /// Key in the upper half, code + 1 in the lower; 0 is free.
    v4: Vec<u64>,
    v4_used: usize,
    /// Code + 1; 0 is free.
    v6: Vec<u32>,
    v6_used: usize,
    values: Vec<[u8; 16]>,
    multiplier: u64,
    expected: usize,
}

impl Addresses {
    pub(crate) fn new() -> Self {
        Addresses {
            v4: vec![0; MIN_SLOTS],
            v4_used: 0,
            v6: vec![0; MIN_SLOTS],
            v6_used: 0,
            values: Vec::new(),
            multiplier: RandomState::new().hash_one(0_u64) | 1,
            expected: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.values.len()
    }

    pub(crate) fn code(&mut self, address: IpAddr) -> u32 {
        match address {
            IpAddr::V4(v4) => self.code_v4(u32::from(v4)),
            IpAddr::V6(v6) => self.code_v6(v6.octets()),
        }
    }

    #[inline]
    pub(crate) fn code_v4(&mut self, key: u32) -> u32 {
        let table = self.v4.as_slice();
        let mask = table.len() - 1;
        let mut slot = self.slot_v4(key);
        loop {
            let entry = table[slot & mask];
            if (entry >> 32) as u32 == key && entry as u32 != 0 {
                return entry as u32 - 1;
            }
            if entry as u32 == 0 {
                return self.insert_v4(key, slot & mask);
            }
            slot += 1;
        }
    }

    /// The codes of both ends of a packet. Both places are read before either is looked at: where the table has been
    /// pushed out of the cache, one wait does for two.
    #[inline]
    pub(crate) fn codes(&mut self, one: IpAddr, other: IpAddr) -> (u32, u32) {
        let (IpAddr::V4(one_v4), IpAddr::V4(other_v4)) = (one, other) else {
            return (self.code(one), self.code(other));
        };
        let keys = [u32::from(one_v4), u32::from(other_v4)];
        let mask = self.v4.len() - 1;
        let entries = keys.map(|key| self.v4[self.slot_v4(key) & mask]);
        let known = |at: usize| entries[at] as u32 != 0 && (entries[at] >> 32) as u32 == keys[at];
        let one = if known(0) { entries[0] as u32 - 1 } else { self.code_v4(keys[0]) };
        let other = if known(1) { entries[1] as u32 - 1 } else { self.code_v4(keys[1]) };
        (one, other)
    }

    #[inline]
    fn slot_v4(&self, key: u32) -> usize {
        (u64::from(key).wrapping_mul(self.multiplier) >> (64 - self.v4.len().trailing_zeros())) as usize
    }

    #[inline(never)]
    fn insert_v4(&mut self, key: u32, slot: usize) -> u32 {
        let code = self.push(mapped(key));
        self.v4[slot] = (u64::from(key) << 32) | u64::from(code + 1);
        self.v4_used += 1;
        if self.v4_used * 2 > self.v4.len() {
            self.grow_v4();
        }
        code
    }

    #[cold]
    fn grow_v4(&mut self) {
        let slots = self.v4.len() * 2;
        let old = std::mem::replace(&mut self.v4, vec![0; slots]);
        for entry in old.into_iter().filter(|entry| *entry != 0) {
            let mut slot = self.slot_v4((entry >> 32) as u32);
            while self.v4[slot & (slots - 1)] != 0 {
                slot += 1;
            }
            self.v4[slot & (slots - 1)] = entry;
        }
    }

    pub(crate) fn code_v6(&mut self, key: [u8; 16]) -> u32 {
        if let Some(v4) = key.strip_prefix(&MAPPED_PREFIX).and_then(|rest| rest.first_chunk::<4>()) {
            return self.code_v4(u32::from_be_bytes(*v4));
        }
        let mask = self.v6.len() - 1;
        let mut slot = self.slot_v6(key);
        loop {
            let entry = self.v6[slot & mask];
            if entry == 0 {
                return self.insert_v6(key, slot & mask);
            }
            if self.values[entry as usize - 1] == key {
                return entry - 1;
            }
            slot += 1;
        }
    }

    fn slot_v6(&self, key: [u8; 16]) -> usize {
        let key = u128::from_be_bytes(key);
        let (high, low) = ((key >> 64) as u64, key as u64);
        // Folded multiplication, as in foldhash: both halves of the product carry entropy.
        let product =
            u128::from(high ^ self.multiplier) * u128::from(low ^ self.multiplier.rotate_left(32) | 1);
        let folded = ((product >> 64) as u64 ^ product as u64).wrapping_mul(self.multiplier);
        (folded >> (64 - self.v6.len().trailing_zeros())) as usize
    }

    #[inline(never)]
    fn insert_v6(&mut self, key: [u8; 16], slot: usize) -> u32 {
        let code = self.push(key);
        self.v6[slot] = code + 1;
        self.v6_used += 1;
        if self.v6_used * 2 > self.v6.len() {
            self.grow_v6();
        }
        code
    }

    #[cold]
    fn grow_v6(&mut self) {
        let slots = self.v6.len() * 2;
        let old = std::mem::replace(&mut self.v6, vec![0; slots]);
        for entry in old.into_iter().filter(|entry| *entry != 0) {
            let mut slot = self.slot_v6(self.values[entry as usize - 1]);
            while self.v6[slot & (slots - 1)] != 0 {
                slot += 1;
            }
            self.v6[slot & (slots - 1)] = entry;
        }
    }

    fn push(&mut self, value: [u8; 16]) -> u32 {
        if self.values.capacity() == 0 {
            self.values.reserve(self.expected);
        }
        let code = self.values.len() as u32;
        self.values.push(value);
        code
    }

    /// Hands out the distinct values in code order and forgets them.
    pub(crate) fn take(&mut self) -> Vec<u8> {
        reset(&mut self.v4, self.v4_used);
        reset(&mut self.v6, self.v6_used);
        (self.v4_used, self.v6_used) = (0, 0);
        let values = std::mem::take(&mut self.values);
        self.expected = values.len() + values.len() / 8;
        values.into_flattened()
    }
}

/// Clears a table; gives memory back when a flood has passed.
fn reset<T: Copy + Default>(table: &mut Vec<T>, used: usize) {
    if table.len() > MIN_SLOTS && used * 8 < table.len() {
        table.truncate(table.len() / 2);
        table.shrink_to_fit();
    }
    if used > 0 {
        table.fill(T::default());
    }
}

fn mapped(key: u32) -> [u8; 16] {
    std::net::Ipv4Addr::from(key).to_ipv6_mapped().octets()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_addresses_have_equal_codes_across_growth() {
        let mut addresses = Addresses::new();
        let codes: Vec<u32> =
            (0..50_000_u32).map(|n| addresses.code_v4(n.wrapping_mul(0x9e37_79b9))).collect();
        assert_eq!(addresses.len(), 50_000);
        for (n, code) in codes.iter().enumerate() {
            assert_eq!(addresses.code_v4((n as u32).wrapping_mul(0x9e37_79b9)), *code);
        }
        let v6: Vec<u32> = (0..5_000_u128).map(|n| addresses.code_v6((n << 64 | 1).to_be_bytes())).collect();
        for (n, code) in v6.iter().enumerate() {
            assert_eq!(addresses.code_v6(((n as u128) << 64 | 1).to_be_bytes()), *code);
        }
        assert_eq!(addresses.take().len(), 55_000 * 16);
        assert_eq!(addresses.code_v4(0), 0);
    }

    #[test]
    fn codes_of_two_are_those_of_each() {
        let (mut pairs, mut single) = (Addresses::new(), Addresses::new());
        let address = |n: u32| match n % 5 {
            0 => IpAddr::from((u128::from(n) << 64).to_be_bytes()),
            _ => IpAddr::from(n.to_be_bytes()),
        };
        for n in 0..5_000 {
            let (one, other) = (address(n * 7 % 1_000), address(n * 3 % 800));
            assert_eq!(pairs.codes(one, other), (single.code(one), single.code(other)));
        }
        assert_eq!(pairs.take(), single.take());
    }

    #[test]
    fn a_mapped_address_is_the_ipv4_address() {
        let mut addresses = Addresses::new();
        let v4 = addresses.code("10.1.2.3".parse().unwrap());
        assert_eq!(addresses.code("::ffff:10.1.2.3".parse().unwrap()), v4);
        assert_ne!(addresses.code("0.0.0.0".parse().unwrap()), addresses.code("::".parse().unwrap()));
    }
}
