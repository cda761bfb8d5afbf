//! Flow exports from files: pcap, pcapng, raw payloads back to back, IPFIX files (RFC 5655).
//!
//! ```no_run
//! # fn main() -> Result<(), weir_ingest::capture::CaptureError> {
//! let mut capture = weir_ingest::capture::Capture::open("router.pcap".as_ref(), 0)?;
//! for datagram in &mut capture {
//!     let datagram = datagram?;
//!     println!("{} sent {} bytes", datagram.source, datagram.payload.len());
//! }
//! println!("{} packets were no flow exports", capture.skipped());
//! # Ok(())
//! # }
//! ```

mod fragments;
mod link;
mod packets;
mod payloads;

use std::fs::File;
use std::io::{self, Read, Seek};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

use packets::Packets;
use payloads::Payloads;

/// A flow export found in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captured {
    /// Who sent it; `0.0.0.0:0` where the file does not say (raw payloads).
    pub source: SocketAddr,
    /// When it was captured, nanoseconds since 1970. In raw files: its own export time.
    pub received_ns: i64,
    /// The UDP payload.
    pub payload: Vec<u8>,
}

/// Why a file cannot be read, or not further.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// The file cannot be opened.
    #[error("cannot open capture `{path}`")]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Reading failed.
    #[error("cannot read capture `{path}`")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file is of no known kind.
    #[error("`{path}` is no capture: neither pcap, pcapng, NetFlow, IPFIX nor sFlow")]
    Unknown {
        /// The file.
        path: PathBuf,
    },
    /// The file ends inside a packet. Everything before was read.
    #[error("capture `{path}` ends inside a packet")]
    Truncated {
        /// The file.
        path: PathBuf,
    },
    /// A packet's framing makes no sense. Everything before was read.
    #[error("capture `{path}` is damaged after {packets} packets")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Packets before the damage.
        packets: u64,
    },
}

/// What ends a walk before the end of the file, without the file's name.
#[derive(Debug)]
enum Stop {
    Io(io::Error),
    Truncated,
    Damaged,
}

/// Iterates over the flow exports in a file. Memory is bounded: a window of the file, and one payload.
pub struct Capture {
    path: PathBuf,
    reader: Reader,
    done: bool,
}

enum Reader {
    Packets(Packets),
    Payloads(Payloads),
}

impl Capture {
    /// Opens a file and finds out what it is. `fallback_ns` is the time of payloads that do not tell one (sFlow in
    /// raw files).
    pub fn open(path: &Path, fallback_ns: i64) -> Result<Capture, CaptureError> {
        let file = File::open(path).map_err(|source| CaptureError::Open { path: path.to_owned(), source })?;
        Capture::read(path, file, fallback_ns)
    }

    /// The same for bytes from elsewhere; `path` is what errors call them.
    pub fn read(
        path: &Path,
        mut bytes: impl Read + Seek + Send + 'static,
        fallback_ns: i64,
    ) -> Result<Capture, CaptureError> {
        let open = |source| CaptureError::Open { path: path.to_owned(), source };
        let mut magic = Vec::with_capacity(4);
        bytes.by_ref().take(4).read_to_end(&mut magic).map_err(open)?;
        bytes.rewind().map_err(open)?;
        let reader = match Packets::detect(&magic) {
            Some(format) => Packets::new(format, bytes).map(Reader::Packets),
            None if weir_wire::Protocol::detect(&magic).is_ok() => {
                Ok(Reader::Payloads(Payloads::new(bytes, fallback_ns)))
            }
            None => return Err(CaptureError::Unknown { path: path.to_owned() }),
        };
        let reader = reader.map_err(|stop| error(path, stop, 0))?;
        Ok(Capture { path: path.to_owned(), reader, done: false })
    }

    /// Packets so far that were no flow exports, or of which fragments are missing.
    pub fn skipped(&self) -> u64 {
        match &self.reader {
            Reader::Packets(packets) => packets.skipped(),
            Reader::Payloads(_) => 0,
        }
    }
}

impl Iterator for Capture {
    type Item = Result<Captured, CaptureError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let next = match &mut self.reader {
            Reader::Packets(packets) => packets.next(),
            Reader::Payloads(payloads) => payloads.next(),
        };
        self.done = !matches!(next, Some(Ok(_)));
        let packets = match &self.reader {
            Reader::Packets(packets) => packets.count(),
            Reader::Payloads(_) => 0,
        };
        next.map(|captured| captured.map_err(|stop| error(&self.path, stop, packets)))
    }
}

fn error(path: &Path, stop: Stop, packets: u64) -> CaptureError {
    let path = path.to_owned();
    match stop {
        Stop::Io(source) => CaptureError::Read { path, source },
        Stop::Truncated => CaptureError::Truncated { path },
        Stop::Damaged => CaptureError::Damaged { path, packets },
    }
}

/// The sender of payloads in files that name none.
const NOBODY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0);

#[cfg(test)]
mod tests;
