//! pcap and pcapng: UDP payloads of any link layer that flow exports travel over.

use std::io::Read;
use std::net::SocketAddr;

use pcap_parser::traits::PcapReaderIterator;
use pcap_parser::{
    Block, LegacyPcapReader, Linktype, PcapBlockOwned, PcapError, PcapNGReader, traits::PcapNGPacketBlock,
};
use weir_wire::Protocol;

use super::fragments::Fragments;
use super::{Captured, Stop, link};

/// Window to start with, and how far it may grow for a single block.
const WINDOW: usize = 1 << 18;
const LARGEST_WINDOW: usize = 1 << 24;
/// More interfaces than this in one section are not remembered.
const MAX_INTERFACES: usize = 65_536;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Pcap,
    Pcapng,
}

/// An interface that packets were captured on.
#[derive(Debug, Clone, Copy)]
struct Interface {
    link: Linktype,
    units_per_second: u64,
    offset_seconds: i64,
}

/// Reads the packets of a file.
pub(super) struct Packets {
    reader: Box<dyn PcapReaderIterator + Send>,
    /// How much of the file the reader can hold; it keeps what it has grown to.
    window: usize,
    interfaces: Vec<Interface>,
    fragments: Fragments,
    count: u64,
    skipped: u64,
}

impl Packets {
    pub(super) fn detect(magic: &[u8]) -> Option<Format> {
        match magic.first_chunk::<4>()? {
            [0xa1, 0xb2, 0xc3, 0xd4]
            | [0xd4, 0xc3, 0xb2, 0xa1]
            | [0xa1, 0xb2, 0x3c, 0x4d]
            | [0x4d, 0x3c, 0xb2, 0xa1]
            | [0x34, 0xcd, 0xb2, 0xa1] => Some(Format::Pcap),
            [0x0a, 0x0d, 0x0d, 0x0a] => Some(Format::Pcapng),
            _ => None,
        }
    }

    pub(super) fn new(format: Format, bytes: impl Read + Send + 'static) -> Result<Packets, Stop> {
        let reader: Result<Box<dyn PcapReaderIterator + Send>, _> = match format {
            Format::Pcap => LegacyPcapReader::new(WINDOW, bytes).map(|reader| Box::new(reader) as _),
            Format::Pcapng => PcapNGReader::new(WINDOW, bytes).map(|reader| Box::new(reader) as _),
        };
        let reader = reader.map_err(|error| stop(&error))?;
        Ok(Packets {
            reader,
            window: WINDOW,
            interfaces: Vec::new(),
            fragments: Fragments::default(),
            count: 0,
            skipped: 0,
        })
    }

    /// Packets read.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Packets that were no flow exports, or not whole.
    pub(super) fn skipped(&self) -> u64 {
        self.skipped + self.fragments.incomplete()
    }

    pub(super) fn next(&mut self) -> Option<Result<Captured, Stop>> {
        // Bytes that were there when the reader last asked for more: a second time without news is the end.
        let mut starved = None;
        loop {
            let (offset, found) = match self.reader.next() {
                Ok((offset, block)) => (offset, read_block(block, &mut self.interfaces, &mut self.fragments)),
                Err(PcapError::Eof) => return None,
                Err(PcapError::Incomplete(_)) => {
                    let available = self.reader.data().len();
                    if starved == Some(available) && self.reader.reader_exhausted() {
                        return (available > 0).then_some(Err(Stop::Truncated));
                    }
                    starved = Some(available);
                    if let Err(error) = self.reader.refill() {
                        return Some(Err(stop(&error)));
                    }
                    continue;
                }
                Err(PcapError::BufferTooSmall) => {
                    self.window *= 2;
                    if self.window > LARGEST_WINDOW || !self.reader.grow(self.window) {
                        return Some(Err(Stop::Damaged));
                    }
                    if let Err(error) = self.reader.refill() {
                        return Some(Err(stop(&error)));
                    }
                    continue;
                }
                Err(error) => return Some(Err(stop(&error))),
            };
            self.reader.consume(offset);
            match found {
                Found::Export(captured) => {
                    self.count += 1;
                    return Some(Ok(captured));
                }
                Found::Other => {
                    self.count += 1;
                    self.skipped += 1;
                }
                Found::NoPacket => {}
            }
        }
    }
}

fn stop<I>(error: &PcapError<I>) -> Stop {
    match error {
        PcapError::ReadError => Stop::Io(std::io::Error::other("the file system reported an error")),
        PcapError::UnexpectedEof | PcapError::Incomplete(_) => Stop::Truncated,
        _ => Stop::Damaged,
    }
}

/// What a block of the file holds.
enum Found {
    Export(Captured),
    Other,
    NoPacket,
}

fn read_block(
    block: PcapBlockOwned<'_>,
    interfaces: &mut Vec<Interface>,
    fragments: &mut Fragments,
) -> Found {
    match block {
        PcapBlockOwned::LegacyHeader(header) => {
            let units_per_second = if header.is_nanosecond_precision() { 1_000_000_000 } else { 1_000_000 };
            // The upper bits of the word hold the length of the frame check sequence.
            let link = Linktype(header.network.0 & 0xffff);
            *interfaces = vec![Interface { link, units_per_second, offset_seconds: 0 }];
            Found::NoPacket
        }
        PcapBlockOwned::Legacy(packet) => {
            let Some(interface) = interfaces.first() else { return Found::Other };
            let units = i128::from(packet.ts_sec) * i128::from(interface.units_per_second)
                + i128::from(packet.ts_usec);
            let bytes = packet.data.get(..packet.caplen as usize).unwrap_or(packet.data);
            export(*interface, units, bytes, fragments)
        }
        PcapBlockOwned::NG(Block::SectionHeader(_)) => {
            interfaces.clear();
            Found::NoPacket
        }
        PcapBlockOwned::NG(Block::InterfaceDescription(described)) => {
            if interfaces.len() < MAX_INTERFACES {
                interfaces.push(Interface {
                    link: described.linktype,
                    units_per_second: units_per_second(described.if_tsresol),
                    offset_seconds: described.ts_offset(),
                });
            }
            Found::NoPacket
        }
        PcapBlockOwned::NG(Block::EnhancedPacket(packet)) => match interfaces.get(packet.if_id as usize) {
            Some(interface) => {
                let units = i128::from(u64::from(packet.ts_high) << 32 | u64::from(packet.ts_low));
                export(*interface, units, packet.packet_data(), fragments)
            }
            None => Found::Other,
        },
        // Simple packets carry no time.
        PcapBlockOwned::NG(Block::SimplePacket(_)) => Found::Other,
        PcapBlockOwned::NG(_) => Found::NoPacket,
    }
}

/// `if_tsresol`: a power of ten, or with the upper bit set a power of two (pcapng, section 4.2, "if_tsresol").
fn units_per_second(resolution: u8) -> u64 {
    let exponent = u32::from(resolution & 0x7f);
    let base: u64 = if resolution & 0x80 == 0 { 10 } else { 2 };
    base.checked_pow(exponent).unwrap_or(u64::MAX)
}

fn export(interface: Interface, units: i128, bytes: &[u8], fragments: &mut Fragments) -> Found {
    let headers = link::read(interface.link, bytes);
    let Some(network) = headers.network else { return Found::Other };
    let (source_port, payload) = match (network.fragment, headers.src_port) {
        (Some(fragment), _) => match fragments.add(&network, fragment, headers.fragment) {
            // The packet counts when it is whole.
            None => return Found::NoPacket,
            Some(whole) => match udp(network.protocol, &whole) {
                Some((port, payload)) => (port, payload.to_vec()),
                None => return Found::Other,
            },
        },
        (None, Some(port)) => (port, headers.payload.to_vec()),
        (None, None) => return Found::Other,
    };
    // Captures hold other traffic too. Versions that Weir does not read are let through, so that they are counted.
    match Protocol::detect(&payload) {
        Ok(_) => {}
        Err(malformed)
            if malformed.reason.ends_with("unsupported") || malformed.reason == "unsupported_version" => {}
        Err(_) => return Found::Other,
    }
    let nanoseconds = units * 1_000_000_000 / i128::from(interface.units_per_second.max(1));
    let received_ns = nanoseconds + i128::from(interface.offset_seconds) * 1_000_000_000;
    Found::Export(Captured {
        source: SocketAddr::new(network.src, source_port),
        received_ns: i64::try_from(received_ns).unwrap_or(i64::MAX),
        payload,
    })
}

/// Source port and payload of a UDP datagram that was put together of fragments.
fn udp(protocol: u8, bytes: &[u8]) -> Option<(u16, &[u8])> {
    let [high, low, ..] = *bytes.first_chunk::<8>()?;
    (protocol == 17).then(|| (u16::from_be_bytes([high, low]), bytes.get(8..).unwrap_or_default()))
}
