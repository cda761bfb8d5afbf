//! Payloads without packets around them: one or more back to back, each cut by what its own header says. IPFIX files
//! (RFC 5655) are the same thing.

use std::io::Read;

use weir_wire::{Protocol, payload};

use super::{Captured, NOBODY, Stop};

/// The largest UDP payload.
const LARGEST: usize = 65_535;

pub(super) struct Payloads {
    bytes: Box<dyn Read + Send>,
    window: Vec<u8>,
    start: usize,
    ended: bool,
    fallback_ns: i64,
}

impl Payloads {
    pub(super) fn new(bytes: impl Read + Send + 'static, fallback_ns: i64) -> Payloads {
        Payloads { bytes: Box::new(bytes), window: Vec::new(), start: 0, ended: false, fallback_ns }
    }

    pub(super) fn next(&mut self) -> Option<Result<Captured, Stop>> {
        if let Err(error) = self.fill() {
            return Some(Err(Stop::Io(error)));
        }
        let rest = self.window.get(self.start..).filter(|rest| !rest.is_empty())?;
        let rest = rest.get(..LARGEST).unwrap_or(rest);
        let payload = rest.get(..payload::length(rest)).unwrap_or(rest).to_vec();
        self.start += payload.len();
        let received_ns = export_time_ns(&payload).unwrap_or(self.fallback_ns);
        Some(Ok(Captured { source: NOBODY, received_ns, payload }))
    }

    /// Makes sure that the window holds a whole payload, or the rest of the file.
    fn fill(&mut self) -> std::io::Result<()> {
        if self.ended || self.window.len() - self.start >= LARGEST {
            return Ok(());
        }
        self.window.drain(..self.start);
        self.start = 0;
        let wanted = 4 * LARGEST - self.window.len();
        let read = self.bytes.by_ref().take(wanted as u64).read_to_end(&mut self.window)?;
        self.ended = read < wanted;
        Ok(())
    }
}

/// The export time in the header of a payload, where its protocol has one.
fn export_time_ns(payload: &[u8]) -> Option<i64> {
    let at = match Protocol::detect(payload).ok()? {
        Protocol::Netflow1 | Protocol::Netflow5 | Protocol::Netflow7 | Protocol::Netflow9 => 8,
        Protocol::Ipfix => 4,
        Protocol::Sflow5 => return None,
    };
    let seconds = u32::from_be_bytes(*payload.get(at..)?.first_chunk()?);
    Some(i64::from(seconds) * 1_000_000_000)
}
