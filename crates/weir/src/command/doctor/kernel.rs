//! Kernel settings for receiving UDP, in the two classes that operators of flow collectors know.

use std::fmt::{self, Write as _};
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Serialize, Serializer};

use super::finding::{Finding, Severity};
use crate::failure::Failure;

/// The kernel's limit for receive buffers.
pub(super) const RMEM_MAX: &str = "net.core.rmem_max";
const BACKLOG: &str = "net.core.netdev_max_backlog";
const UDP_MEM: &str = "net.ipv4.udp_mem";

/// Flows a second up to which the smaller class is enough.
pub(super) const FAST: u64 = 75_000;
/// No more of the memory than this may be promised to UDP sockets: one part of so many.
const MEMORY_SHARE: u64 = 4;
/// `net.ipv4.udp_mem` counts these.
const PAGE_BYTES: u64 = 4096;

/// The drop-in that keeps settings over a restart of the machine.
const DROP_IN: &str = "60-weir.conf";

/// One number, or the three of `udp_mem`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Numbers(pub(super) Vec<u64>);

impl Numbers {
    /// Reads what a file of `/proc/sys` holds.
    fn parse(text: &str) -> Option<Self> {
        text.split_whitespace().map(|word| word.parse().ok()).collect::<Option<_>>().map(Self)
    }

    /// Each number, or that of `other` where it is greater.
    pub(super) fn at_least(&self, other: &Self) -> Self {
        let other = other.0.iter().copied().chain(std::iter::repeat(0));
        Self(self.0.iter().zip(other).map(|(own, other)| (*own).max(other)).collect())
    }

    fn falls_short_of(&self, wanted: &Self) -> bool {
        self.0.len() == wanted.0.len() && self.0.iter().zip(&wanted.0).any(|(now, wanted)| now < wanted)
    }
}

impl fmt::Display for Numbers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, number) in self.0.iter().enumerate() {
            write!(f, "{}{number}", if at == 0 { "" } else { " " })?;
        }
        Ok(())
    }
}

impl Serialize for Numbers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a setting should be, and what it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Setting {
    pub(super) key: &'static str,
    pub(super) wanted: Numbers,
    why: &'static str,
    /// The usual value was too much for this machine.
    scaled: bool,
}

/// The settings for so many flows a second on a machine with so much memory.
pub(super) fn settings(flows_per_second: u64, memory_bytes: u64) -> Vec<Setting> {
    let fast = flows_per_second > FAST;
    let one = |key, usual, faster, why| Setting {
        key,
        wanted: Numbers(vec![if fast { faster } else { usual }]),
        why,
        scaled: false,
    };
    let pages: [u64; 3] =
        if fast { [4_194_304, 8_388_608, 16_777_216] } else { [2_097_152, 4_194_304, 8_388_608] };
    let limit = (memory_bytes / MEMORY_SHARE / PAGE_BYTES).max(1);
    let scaled = pages[2] > limit;
    let fitting =
        pages.map(|pages_wanted| if scaled { pages_wanted * limit / pages[2] } else { pages_wanted });
    vec![
        one(
            RMEM_MAX,
            67_108_864,
            134_217_728,
            "the largest receive buffer that a program may ask for; what comes while the machine is busy for a moment \
             waits in it",
        ),
        one(
            "net.core.rmem_default",
            262_144,
            262_144,
            "the receive buffer of programs that do not ask for one, such as a collector beside this",
        ),
        one(
            BACKLOG,
            4096,
            8192,
            "packets that may wait between the network card and the sockets, for each processor; more are dropped \
             before any program sees them",
        ),
        Setting {
            key: UDP_MEM,
            wanted: Numbers(fitting.to_vec()),
            why: "memory pages that all UDP sockets may use together: below the first number freely, above the third \
                  not at all",
            scaled,
        },
        one(
            "net.ipv4.udp_rmem_min",
            131_072,
            131_072,
            "what each UDP socket may keep even when all of them use too much memory",
        ),
    ]
}

/// Memory of this machine; so little that nothing is raised by it where that cannot be found out.
pub(super) fn memory_bytes() -> u64 {
    let info = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kilobytes = info.lines().find_map(|line| line.strip_prefix("MemTotal:")?.split_whitespace().next());
    kilobytes.and_then(|number| number.parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// Reads a setting.
pub(super) fn read(proc_sys: &Path, key: &str) -> Option<Numbers> {
    Numbers::parse(&fs::read_to_string(file(proc_sys, key)).ok()?)
}

fn file(proc_sys: &Path, key: &str) -> PathBuf {
    key.split('.').fold(proc_sys.to_owned(), |path, part| path.join(part))
}

/// Settings that are lower than they should be. Unless datagrams are lost that is only good to know.
pub(super) fn examine(proc_sys: &Path, settings: &[Setting], flows_per_second: u64) -> Vec<Finding> {
    let class = if flows_per_second > FAST { "more than" } else { "up to" };
    let judge = |setting: &Setting| {
        let now = read(proc_sys, setting.key)?;
        if !now.falls_short_of(&setting.wanted) {
            return None;
        }
        let wanted = setting.wanted.at_least(&now);
        let scaled = if setting.scaled { ", a quarter of this machine's memory" } else { "" };
        let problem =
            format!("{} is {now}; for {class} {FAST} flows/s it should be {wanted}{scaled}", setting.key);
        Some(Finding::new(Severity::Note, "kernel", problem).why(setting.why).sysctl(setting.key, wanted))
    };
    settings.iter().filter_map(judge).collect()
}

/// Packets that the kernel dropped before any socket saw them, because its queue was full (`softnet_stat`).
pub(super) fn backlog(softnet_stat: &str, settings: &[Setting]) -> Option<Finding> {
    let dropped: u64 = softnet_stat
        .lines()
        .filter_map(|line| u64::from_str_radix(line.split_whitespace().nth(1)?, 16).ok())
        .sum();
    let wanted = &settings.iter().find(|setting| setting.key == BACKLOG)?.wanted;
    let problem = format!(
        "the kernel dropped {dropped} packets of any kind before a socket saw them, since it started"
    );
    let why =
        "they are in no count of Weir's but the gaps in sequence numbers: its queue behind the card was full";
    (dropped > 0)
        .then(|| Finding::new(Severity::Warning, "backlog", problem).why(why).sysctl(BACKLOG, wanted.clone()))
}

/// Raises settings to what the findings ask for, never lowers one, and keeps them over a restart of the machine. Tells
/// what was changed.
pub(super) fn apply(
    findings: &[Finding],
    proc_sys: &Path,
    sysctl_dir: &Path,
) -> Result<Vec<String>, Failure> {
    let mut raised: Vec<(&'static str, Numbers)> = Vec::new();
    for wanted in findings.iter().filter_map(|finding| finding.sysctl.as_ref()) {
        match raised.iter_mut().find(|(key, _)| *key == wanted.key) {
            Some((_, value)) => *value = value.at_least(&wanted.value),
            None => raised.push((wanted.key, wanted.value.clone())),
        }
    }
    let refused = |what: String| {
        move |cause: std::io::Error| {
            Failure::failed(format!("cannot {what}: {cause}"))
                .help("run `weir doctor --apply` as root, on the machine itself and not in a container")
        }
    };
    let mut changes = Vec::new();
    for (key, value) in &mut raised {
        let now = read(proc_sys, key).unwrap_or(Numbers(vec![]));
        *value = value.at_least(&now);
        if !now.falls_short_of(value) && !now.0.is_empty() {
            continue;
        }
        fs::write(file(proc_sys, key), format!("{value}\n"))
            .map_err(refused(format!("set {key} to {value}")))?;
        changes.push(format!("{key} from {now} to {value}"));
    }
    if changes.is_empty() {
        return Ok(changes);
    }
    let path = sysctl_dir.join(DROP_IN);
    let text = merged(&fs::read_to_string(&path).unwrap_or_default(), &raised);
    fs::create_dir_all(sysctl_dir)
        .and_then(|()| fs::write(&path, text))
        .map_err(refused(format!("write {}", path.display())))?;
    changes.push(format!("{} keeps this over a restart of the machine", path.display()));
    changes.push("Weir takes a larger receive buffer when it is started again".to_owned());
    Ok(changes)
}

/// The drop-in with these settings in it; others that it has already stay.
fn merged(old: &str, raised: &[(&'static str, Numbers)]) -> String {
    let key = |line: &str| line.split('=').next().unwrap_or("").trim().to_owned();
    let mut text = String::new();
    if !old.starts_with('#') {
        text.push_str("# Written by `weir doctor --apply`: room for datagrams of flow exporters.\n");
    }
    for line in old.lines().filter(|line| raised.iter().all(|(raised, _)| *raised != key(line))) {
        let _ = writeln!(text, "{line}");
    }
    for (key, value) in raised {
        let _ = writeln!(text, "{key} = {value}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(settings: &[Setting], key: &str) -> String {
        settings.iter().find(|setting| setting.key == key).unwrap().wanted.to_string()
    }

    #[test]
    fn two_classes() {
        let (usual, fast) = (settings(FAST, 64 << 30), settings(FAST + 1, 256 << 30));
        let table = [
            (RMEM_MAX, "67108864", "134217728"),
            ("net.core.rmem_default", "262144", "262144"),
            (BACKLOG, "4096", "8192"),
            ("net.ipv4.udp_rmem_min", "131072", "131072"),
        ];
        for (key, below, above) in table {
            assert_eq!(
                (wanted(&usual, key), wanted(&fast, key)),
                (below.to_owned(), above.to_owned()),
                "{key}"
            );
        }
        // Eight and sixteen million pages are 32 and 64 GiB: only large machines have a quarter like that.
        assert_eq!(wanted(&settings(0, 128 << 30), UDP_MEM), "2097152 4194304 8388608");
        assert_eq!(wanted(&fast, UDP_MEM), "4194304 8388608 16777216");
        let small = settings(0, 8 << 30);
        assert_eq!(wanted(&small, UDP_MEM), "131072 262144 524288");
        assert!(small.iter().any(|setting| setting.scaled));
    }

    #[test]
    fn never_lowers() {
        let folder = tempfile::tempdir().unwrap();
        let proc_sys = folder.path();
        fs::create_dir_all(proc_sys.join("net/ipv4")).unwrap();
        fs::write(proc_sys.join("net/ipv4/udp_mem"), "200000\t262144\t400000\n").unwrap();
        let settings = settings(0, 8 << 30);
        let found = examine(proc_sys, &settings, 0);
        assert_eq!(found.len(), 1, "settings that this kernel lacks are left alone");
        assert_eq!(found[0].command, "sysctl -w net.ipv4.udp_mem='200000 262144 524288'");
        assert!(found[0].problem.contains("a quarter of this machine's memory"), "{}", found[0].problem);

        let sysctl = proc_sys.join("sysctl.d");
        let changes = apply(&found, proc_sys, &sysctl).unwrap();
        assert_eq!(changes[0], "net.ipv4.udp_mem from 200000 262144 400000 to 200000 262144 524288");
        let kept = fs::read_to_string(sysctl.join(DROP_IN)).unwrap();
        assert!(kept.contains("\nnet.ipv4.udp_mem = 200000 262144 524288\n"), "{kept}");
        assert!(examine(proc_sys, &settings, 0).is_empty());
        assert!(apply(&found, proc_sys, &sysctl).unwrap().is_empty());
    }

    #[test]
    fn the_drop_in_keeps_what_others_wrote() {
        let old = "# mine\nnet.core.rmem_max = 1\nvm.swappiness = 10\n";
        let new = merged(old, &[(RMEM_MAX, Numbers(vec![2]))]);
        assert_eq!(new, "# mine\nvm.swappiness = 10\nnet.core.rmem_max = 2\n");
    }

    #[test]
    fn packets_dropped_behind_the_card_are_found() {
        let settings = settings(0, 8 << 30);
        let line = |dropped: &str| format!("0000272d {dropped} 00000000 00000000\n");
        assert!(backlog(&line("00000000"), &settings).is_none());
        let found = backlog(&(line("0000000a") + &line("00000001")), &settings).unwrap();
        assert!(found.problem.contains("dropped 11 packets"), "{}", found.problem);
    }
}
