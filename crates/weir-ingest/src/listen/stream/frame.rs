//! From a stream of bytes to messages: each says its own length (RFC 7011, sections 3.1 and 10.4).

use super::closed::Closed;

/// Version and length.
const PREFIX: usize = 4;
/// Bytes of a message header; no message is shorter.
const HEADER: usize = 16;
const IPFIX: u16 = 10;

/// The message that has begun but is not complete. An idle connection holds no memory.
#[derive(Debug, Default)]
pub(super) struct Frames {
    begun: Vec<u8>,
}

impl Frames {
    /// Takes what came, and gives each message that is complete to `message`. At most one message is kept, and none is
    /// longer than 65 535 bytes.
    ///
    /// # Errors
    /// The stream cannot be followed any further: what a message begins with is not IPFIX, or its length cannot be.
    pub(super) fn feed(&mut self, mut bytes: &[u8], mut message: impl FnMut(&[u8])) -> Result<(), Closed> {
        while !self.begun.is_empty() {
            let wanted = wanted(&self.begun)?;
            if self.begun.len() >= wanted && wanted > PREFIX {
                message(&self.begun);
                // The next message of this connection may be small: memory is given back.
                self.begun = Vec::new();
                break;
            }
            if bytes.is_empty() {
                return Ok(());
            }
            let (now, later) = bytes.split_at(bytes.len().min(wanted - self.begun.len()));
            self.begun.extend_from_slice(now);
            bytes = later;
        }
        loop {
            let wanted = wanted(bytes)?;
            let Some((complete, rest)) = bytes.split_at_checked(wanted).filter(|_| wanted > PREFIX) else {
                break;
            };
            message(complete);
            bytes = rest;
        }
        self.begun.extend_from_slice(bytes);
        Ok(())
    }

    /// Bytes of a message that is not complete.
    pub(super) fn pending(&self) -> usize {
        self.begun.len()
    }
}

/// The length of the message that begins here; [`PREFIX`] when not even that can be told yet.
fn wanted(bytes: &[u8]) -> Result<usize, Closed> {
    if let [high, low, ..] = *bytes {
        let version = u16::from_be_bytes([high, low]);
        if version != IPFIX {
            return Err(Closed::NotIpfix { version });
        }
    }
    let [_, _, high, low, ..] = *bytes else { return Ok(PREFIX) };
    let length = u16::from_be_bytes([high, low]);
    if usize::from(length) < HEADER { Err(Closed::ImpossibleLength { length }) } else { Ok(length.into()) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn message(length: u16) -> Vec<u8> {
        let mut bytes = vec![0, 10];
        bytes.extend(length.to_be_bytes());
        bytes.resize(usize::from(length), length as u8);
        bytes
    }

    fn cut_at(stream: &[u8], sizes: &[usize]) -> Result<(Vec<Vec<u8>>, usize), Closed> {
        let mut frames = Frames::default();
        let mut found = Vec::new();
        let mut rest = stream;
        for size in sizes.iter().chain([&usize::MAX]) {
            let (now, later) = rest.split_at(rest.len().min(*size));
            frames.feed(now, |bytes| found.push(bytes.to_vec()))?;
            rest = later;
        }
        Ok((found, frames.pending()))
    }

    proptest! {
        #[test]
        fn messages_are_found_however_the_stream_is_cut(
            lengths in prop::collection::vec(prop_oneof![16u16..200, 65_500..=u16::MAX], 0..12),
            sizes in prop::collection::vec(prop_oneof![0usize..5, 1usize..100, 1000usize..70_000], 0..60),
            missing in 0usize..16,
        ) {
            let messages: Vec<Vec<u8>> = lengths.iter().map(|length| message(*length)).collect();
            let mut stream = messages.concat();
            stream.truncate(stream.len().saturating_sub(missing));
            let (found, pending) = cut_at(&stream, &sizes).unwrap();
            let whole = if missing > 0 { messages.len().saturating_sub(1) } else { messages.len() };
            prop_assert_eq!(&found[..], &messages[..whole]);
            prop_assert_eq!(found.iter().map(Vec::len).sum::<usize>() + pending, stream.len());
        }

        #[test]
        fn no_bytes_make_it_hold_more_than_a_message(
            bytes in prop::collection::vec(any::<u8>(), 0..300),
            sizes in prop::collection::vec(0usize..9, 0..40),
        ) {
            if let Ok((_, pending)) = cut_at(&[&[0, 10], &bytes[..]].concat(), &sizes) {
                prop_assert!(pending < 65_535);
            }
        }
    }

    #[test]
    fn tells_what_is_wrong_at_the_first_byte_that_shows_it() {
        let mut frames = Frames::default();
        assert_eq!(frames.feed(&[0, 9], |_| ()), Err(Closed::NotIpfix { version: 9 }));
        let mut frames = Frames::default();
        assert_eq!(frames.feed(&[0, 10, 0], |_| ()), Ok(()));
        assert_eq!(frames.feed(&[15], |_| ()), Err(Closed::ImpossibleLength { length: 15 }));
    }

    #[test]
    fn what_stood_before_the_damage_counts() {
        let mut stream = message(40);
        stream.extend(message(16));
        stream.extend([0, 5, 0, 1]);
        let mut found = 0;
        let outcome = Frames::default().feed(&stream, |_| found += 1);
        assert_eq!((found, outcome), (2, Err(Closed::NotIpfix { version: 5 })));
    }
}
