//! The same datagrams through nfcapd of nfdump, which writes flat LZ4 files of bare records.

use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use weir_testkit::{skip, wait_until};

use crate::load::{Load, disk, measure};
use crate::measured;
use crate::process::Process;

/// nfcapd on a free port, writing to a folder.
struct Nfcapd {
    child: Child,
    port: u16,
}

impl Nfcapd {
    fn start(folder: &Path) -> Option<Self> {
        // It takes no port 0.
        let port = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut command = Command::new("nfcapd");
        command.arg("-w").arg(folder).args(["-b", "127.0.0.1", "-p", &port.to_string()]);
        // LZ4, one file, and the receive buffer that Weir has.
        command.args(["-y", "-t", "3600", "-B", &(32 << 20).to_string()]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().ok()?;
        let nfcapd = Self { child, port };
        wait_until("nfcapd listens", Duration::from_secs(10), || {
            UdpSocket::bind(("127.0.0.1", port)).is_err().then_some(())
        });
        Some(nfcapd)
    }

    /// Processor seconds, once it no longer works.
    fn cpu_s(&self) -> f64 {
        let process = Process(self.child.id());
        let (mut last, mut since) = (-1.0, Instant::now());
        wait_until("nfcapd has taken everything", Duration::from_mins(1), || {
            let now = process.cpu_s(|_| true);
            if now > last {
                (last, since) = (now, Instant::now());
            }
            (since.elapsed() > Duration::from_secs(1)).then_some(last)
        })
    }

    /// Ends it, so that it writes its file.
    fn stop(&mut self) {
        let _sent = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        let _ended = self.child.wait();
    }
}

impl Drop for Nfcapd {
    fn drop(&mut self) {
        let _gone = self.child.kill();
        let _ended = self.child.wait();
    }
}

#[test]
#[ignore = "measures; `make bench` runs it"]
fn against_nfcapd() {
    for (case, protocol, rate) in [
        ("nfcapd_100k_v9", "v9", 100_000),
        ("nfcapd_300k_v9", "v9", 300_000),
        ("nfcapd_100k_v5", "v5", 100_000),
    ] {
        let load = Load { protocol, rate, records: 3_000_000, exporters: 20, scenario: "mixed" };
        let folder = tempfile::tempdir().unwrap();
        let Some(mut nfcapd) = Nfcapd::start(folder.path()) else {
            return skip("nfcapd is not installed (apt-get install nfdump)");
        };
        load.send(nfcapd.port);
        let peer_s = nfcapd.cpu_s();
        nfcapd.stop();
        let listing = Command::new("nfdump").arg("-R").arg(folder.path()).arg("-I").output().unwrap();
        let listing = String::from_utf8_lossy(&listing.stdout).into_owned();
        let stored =
            listing.lines().find_map(|line| line.strip_prefix("Flows: ")?.trim().parse::<f64>().ok());
        let stored = stored.unwrap_or_else(|| panic!("nfdump told no number of flows:\n{listing}"));
        let files = fs::read_dir(folder.path()).unwrap();
        let peer_bytes: u64 = files.map(|entry| entry.unwrap().metadata().unwrap().len()).sum();
        measured(case, "nfcapd", stored / peer_s, "records/cpu-s");
        measured(case, "nfcapd_missing", load.records as f64 - stored, "records");
        measured(case, "nfcapd_disk", peer_bytes as f64 / stored, "bytes/flow");

        let (cost, weir) = measure(case, &load);
        let peer = stored / peer_s;
        measured(case, "to_journal_ratio", cost.records / cost.journal_s / peer, "x");
        measured(case, "with_segments_ratio", cost.records / cost.all_s / peer, "x");
        let bytes = disk(case, weir, cost.records);
        measured(case, "disk_ratio", bytes / cost.records / (peer_bytes as f64 / stored), "x");
    }
}
