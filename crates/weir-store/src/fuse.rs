//! A small set of addresses that is never wrong about what is in it, and about one in 256 of what is not.
//!
//! A binary fuse filter (Graf and Lemire, "Binary Fuse Filters: Fast and Smaller Than Xor Filters", 2022) of three
//! places a key and eight bits a place: 9 bits an address where there are many.

/// What may be in a column of addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AddressFilter {
    seed: u64,
    shape: Shape,
    prints: Box<[u8]>,
}

/// Where the places of a key are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Shape {
    segment_length: u32,
    /// Of the segments that the first place of a key can be in.
    starts: u32,
}

/// Seeds that are tried until one works; each does with a probability above nine tenths.
const ATTEMPTS: u64 = 100;
const HEADER: usize = 16;

/// A key of an address. Part of the file format: it must never change.
pub(crate) fn key(address: u128) -> u64 {
    mix(mix((address >> 64) as u64) ^ address as u64)
}

fn mix(mut key: u64) -> u64 {
    key = (key ^ (key >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    key = (key ^ (key >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    key ^ (key >> 33)
}

impl Shape {
    fn of(keys: usize) -> Self {
        let count = keys.max(2) as f64;
        let exponent = (count.ln() / 3.33_f64.ln() + 2.25).floor() as u32;
        let segment_length = 1 << exponent.min(18);
        let factor = (0.875 + 0.25 * 1e6_f64.ln() / count.ln()).max(1.125);
        let places = (count * factor).round() as u32;
        let segments = places.div_ceil(segment_length).saturating_sub(2).max(1);
        Self { segment_length, starts: segments * segment_length }
    }

    fn places(self) -> usize {
        (self.starts + 2 * self.segment_length) as usize
    }

    fn of_hash(self, hash: u64) -> [usize; 3] {
        let first = ((u128::from(hash) * u128::from(self.starts)) >> 64) as u32;
        let mask = self.segment_length - 1;
        let second = (first + self.segment_length) ^ ((hash >> 18) as u32 & mask);
        let third = (first + 2 * self.segment_length) ^ (hash as u32 & mask);
        [first as usize, second as usize, third as usize]
    }
}

fn print_of(hash: u64) -> u8 {
    (hash ^ (hash >> 32)) as u8
}

impl AddressFilter {
    /// A filter of keys, each of which must be there once. `None` in the hardly possible case that no seed works.
    pub(crate) fn new(keys: &[u64]) -> Option<Self> {
        let shape = Shape::of(keys.len());
        (0..ATTEMPTS).find_map(|attempt| {
            let seed = mix(attempt.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let order = peel(keys, seed, shape)?;
            let mut prints = vec![0; shape.places()].into_boxed_slice();
            for (hash, which) in order.into_iter().rev() {
                let places = shape.of_hash(hash);
                let [one, other] = [(which + 1) % 3, (which + 2) % 3].map(|place| prints[places[place]]);
                prints[places[which]] = print_of(hash) ^ one ^ other;
            }
            Some(Self { seed, shape, prints })
        })
    }

    /// Whether a key may be in it; false only if it is not.
    pub(crate) fn may_have(&self, key: u64) -> bool {
        let hash = mix(key.wrapping_add(self.seed));
        let found = self.shape.of_hash(hash).into_iter().fold(0, |all, place| all ^ self.prints[place]);
        found == print_of(hash)
    }

    /// How it is written.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.seed.to_le_bytes());
        out.extend_from_slice(&self.shape.segment_length.to_le_bytes());
        out.extend_from_slice(&self.shape.starts.to_le_bytes());
        out.extend_from_slice(&self.prints);
    }

    /// Reads what was written; `None` if that was something else.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        let (header, prints) = bytes.split_first_chunk::<HEADER>()?;
        let word = |at: usize| Some(u32::from_le_bytes(*header.get(at..)?.first_chunk()?));
        let shape = Shape { segment_length: word(8)?, starts: word(12)? };
        let sound = shape.segment_length.is_power_of_two()
            && shape.segment_length <= 1 << 18
            && shape.starts <= 1 << 30
            && shape.starts > 0
            && shape.starts.is_multiple_of(shape.segment_length)
            && prints.len() == shape.places();
        let seed = u64::from_le_bytes(*header.first_chunk()?);
        sound.then(|| Self { seed, shape, prints: prints.into() })
    }

    /// Memory that it takes.
    pub(crate) fn bytes(&self) -> usize {
        self.prints.len() + size_of::<Self>()
    }
}

/// An order in which each key has a place that no later key has: the hash of each, and which of its places that is.
fn peel(keys: &[u64], seed: u64, shape: Shape) -> Option<Vec<(u64, usize)>> {
    // Of each place: how many keys have it, the exclusive or of which of their places it is, and of their hashes.
    let mut counts = vec![0u32; shape.places()];
    let mut which = vec![0u8; shape.places()];
    let mut hashes = vec![0u64; shape.places()];
    for key in keys {
        let hash = mix(key.wrapping_add(seed));
        for (number, place) in shape.of_hash(hash).into_iter().enumerate() {
            counts[place] += 1;
            which[place] ^= number as u8;
            hashes[place] ^= hash;
        }
    }
    let mut alone: Vec<usize> = (0..counts.len()).filter(|place| counts[*place] == 1).collect();
    let mut order = Vec::with_capacity(keys.len());
    while let Some(place) = alone.pop() {
        if counts[place] != 1 {
            continue;
        }
        let (hash, own) = (hashes[place], which[place]);
        order.push((hash, own as usize));
        for (number, place) in shape.of_hash(hash).into_iter().enumerate() {
            counts[place] -= 1;
            which[place] ^= number as u8;
            hashes[place] ^= hash;
            if counts[place] == 1 {
                alone.push(place);
            }
        }
    }
    (order.len() == keys.len()).then_some(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn has_what_is_in_it_and_hardly_anything_else() {
        for count in [0, 1, 2, 3, 10, 100, 1000, 20_000, 131_072] {
            let keys: Vec<u64> = (0..count).map(|n| key(0xffff_0a00_0000 + n)).collect();
            let filter = AddressFilter::new(&keys).unwrap();
            assert!(keys.iter().all(|key| filter.may_have(*key)), "{count}");
            let others = (0..20_000).filter(|n| filter.may_have(key(0x2001_0db8 << 96 | n))).count();
            assert!(others < 200, "{others} of 20000 with {count}");
            let mut bytes = Vec::new();
            filter.write(&mut bytes);
            assert_eq!(AddressFilter::read(&bytes).as_ref(), Some(&filter));
            assert_eq!(AddressFilter::read(&bytes[..bytes.len() - 1]), None);
            if count > 1000 {
                assert!(bytes.len() as f64 * 8.0 / count as f64 <= 11.0, "{} bytes for {count}", bytes.len());
            }
        }
    }

    #[test]
    fn the_key_of_an_address_stays_what_it_is() {
        assert_eq!(key(0xffff_c000_0201), 7_558_556_033_194_595_557);
    }
}
