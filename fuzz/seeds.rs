//! Writes what fuzzing starts from: `seeds CORPUS FILE...` puts the parts of captures, and traffic of the generator,
//! into a folder for each target. The names are hashes of the content, so that a second run changes nothing.

use std::collections::HashMap;
use std::collections::hash_map::DefaultHasher;
use std::error::Error;
use std::fs;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use weir_batch::Batches;
use weir_generate::{Engine, EngineConfig, Protocol as Generated, SiteConfig};
use weir_ingest::capture::{Capture, Captured};
use weir_ingest::{Session, SessionLimits};
use weir_journal::{Journal, JournalConfig, Position};
use weir_wire::Protocol;
use weir_wire::sflow::{self, Record, Sample};
use weir_wire::{ipfix, v9};

/// Exports taken of one file, and bytes of one seed: long inputs make a slow fuzzer.
const EXPORTS: usize = 64;
const LONGEST: usize = 16 << 10;
/// Seeds of one target.
const MOST: usize = 1_000;

/// Filters of either syntax.
const FILTERS: &[&str] = &[
    "src_ip in 10.0.0.0/8 and dst_port in (22, 3389, 8000..8999) and bytes > 10MB",
    "tcp_flags has syn and tcp_flags lacks ack or not app exists",
    "app ~ \"^dns\" or service = https or extra[\"natPoolName\"] like \"l*n?\"",
    "src_ip = 10.1.* and start > now-2h and weekday(time, \"Europe/Berlin\") in (sat, sun) and ip in @servers",
    "(src ip 10.0.0.1 or src net 172.16/12) and proto tcp and flags S and not flags AF",
    "as in [1 2] and in if 3 and duration > 500 and first seen > 2026-01-31T08:00:00 and bpp gt 1k",
];

const NOW_NS: i64 = 1_750_000_000_000_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1).map(PathBuf::from);
    let corpus = arguments.next().ok_or("usage: seeds CORPUS FILE...")?;
    let mut seeds = Seeds { corpus, written: HashMap::new() };
    for path in arguments {
        // Not every file beside a capture is one.
        let Ok(capture) = Capture::open(&path, NOW_NS) else { continue };
        let exports: Vec<Captured> = capture.flatten().take(EXPORTS).collect();
        let file = fs::read(&path)?;
        if file.len() <= 4 * LONGEST {
            seeds.add("capture", &file)?;
        }
        seeds.add_exports(&exports)?;
    }
    for protocol in Generated::ALL {
        seeds.add_exports(&generated(protocol)?)?;
    }
    for text in FILTERS {
        seeds.add("filter", text.as_bytes())?;
    }
    let mut counts: Vec<_> = seeds.written.iter().collect();
    counts.sort();
    for (target, count) in counts {
        println!("{target}: {count} seeds");
    }
    Ok(())
}

/// Where seeds go.
struct Seeds {
    corpus: PathBuf,
    written: HashMap<&'static str, usize>,
}

impl Seeds {
    fn add(&mut self, target: &'static str, bytes: &[u8]) -> std::io::Result<()> {
        let written = self.written.entry(target).or_default();
        if *written >= MOST || bytes.is_empty() {
            return Ok(());
        }
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let folder = self.corpus.join(target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("seed-{:016x}", hasher.finish())), bytes)?;
        *written += 1;
        Ok(())
    }

    /// The parts of some exporters' stream.
    fn add_exports(&mut self, exports: &[Captured]) -> Result<(), Box<dyn Error>> {
        let mut stream = Vec::new();
        let mut raw = Vec::new();
        for export in exports {
            let payload = &export.payload;
            let Ok(protocol) = Protocol::detect(payload) else { continue };
            match protocol {
                Protocol::Netflow1 => self.add("v1", payload)?,
                Protocol::Netflow5 => self.add("v5", payload)?,
                Protocol::Netflow7 => self.add("v7", payload)?,
                Protocol::Netflow9 => {
                    self.add("v9", payload)?;
                    self.add_templates(1, [0, 1], v9::Datagram::parse(payload).map(v9::Datagram::sets))?;
                }
                Protocol::Ipfix => {
                    self.add("ipfix", payload)?;
                    self.add_templates(0, [2, 3], ipfix::Message::parse(payload).map(ipfix::Message::sets))?;
                }
                Protocol::Sflow5 => {
                    self.add("sflow", payload)?;
                    self.add_packets(payload)?;
                }
            }
            if stream.len() + payload.len() < LONGEST {
                stream.push((export.source.port() & 1) as u8);
                stream.extend((payload.len() as u16).to_be_bytes());
                stream.extend(payload);
                raw.extend(payload);
            }
        }
        self.add("session", &stream)?;
        self.add("capture", &raw)?;
        self.add_frame(exports)
    }

    /// Each set of templates with the data set that follows it.
    fn add_templates<'a>(
        &mut self,
        dialect: u8,
        ids: [u16; 2],
        sets: Result<
            impl Iterator<Item = Result<weir_wire::set::Set<'a>, weir_wire::Malformed>>,
            weir_wire::Malformed,
        >,
    ) -> std::io::Result<()> {
        let mut announced: Option<(u8, &[u8])> = None;
        for set in sets.into_iter().flatten().flatten() {
            if ids.contains(&set.id) {
                announced = Some((dialect | u8::from(set.id == ids[1]) << 1, set.body));
            }
            if let Some((options, template)) = announced {
                let records = if ids.contains(&set.id) { &[] } else { set.body };
                let length = (template.len() as u16).to_be_bytes();
                self.add("template", &[&[options][..], &length, template, records].concat())?;
            }
        }
        Ok(())
    }

    /// The packets in samples.
    fn add_packets(&mut self, payload: &[u8]) -> std::io::Result<()> {
        let Ok(view) = sflow::Datagram::parse(payload) else { return Ok(()) };
        for sample in view.samples().flatten() {
            let records = match sample {
                Sample::Flow(flow) => flow.records(),
                Sample::Drop(discarded) => discarded.records(),
                _ => continue,
            };
            for record in records.flatten() {
                if let Record::Header(raw) = record {
                    self.add("packet", raw.header)?;
                }
            }
        }
        Ok(())
    }

    /// What the exports become in the journal.
    fn add_frame(&mut self, exports: &[Captured]) -> Result<(), Box<dyn Error>> {
        let mut session = Session::new(SessionLimits::default());
        let mut out = Batches::new();
        for export in exports.iter().take(8) {
            session.datagram(export.source, export.received_ns, &export.payload, &mut out);
        }
        let folder = tempfile::tempdir()?;
        let mut journal = Journal::open(folder.path(), JournalConfig::default(), Position::START)?;
        let header = journal.position().offset as usize;
        for batch in [out.flows.finish(), out.counters.finish()] {
            if batch.num_rows() == 0 {
                continue;
            }
            let start = journal.position().offset as usize;
            journal.append(&batch)?;
            let file = fs::read(first_file(folder.path()))?;
            let frame = &file[start.max(header)..];
            if file.len() > 2 * LONGEST || frame.len() < 44 {
                break;
            }
            self.add("journal", &[&[0][..], &file].concat())?;
            let (raw_len, rows) = (&frame[4..8], &frame[8..10]);
            let stored = if frame[..4] == frame[4..8] { &[1][..] } else { &[2] };
            let claimed: &[u8] = if stored == [1] { &[] } else { raw_len };
            self.add("journal", &[stored, rows, claimed, &frame[44..]].concat())?;
        }
        Ok(())
    }
}

fn first_file(directory: &Path) -> PathBuf {
    directory.join(weir_journal::FOLDER).join("0000000000000001.wj")
}

/// A short stream of the generator's.
fn generated(protocol: Generated) -> Result<Vec<Captured>, Box<dyn Error>> {
    let config = EngineConfig {
        protocols: vec![protocol],
        exporters: 2,
        rate: 100,
        start_ns: NOW_NS,
        site: SiteConfig::default(),
    };
    let agent = |number: usize| IpAddr::from([10, 255, 0, number as u8]);
    let mut engine = Engine::new(config, agent)?;
    let mut exports = Vec::new();
    let mut sink = |exporter: usize, bytes: &[u8]| {
        let source = (agent(exporter), 2055).into();
        exports.push(Captured { source, received_ns: NOW_NS, payload: bytes.to_vec() });
    };
    engine.produce(NOW_NS, 200, &mut sink);
    engine.flush(NOW_NS, &mut sink);
    Ok(exports)
}
