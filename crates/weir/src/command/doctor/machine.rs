//! What can be seen without a server: kernel limits, ports, disk, clock.

use std::fs;
use std::io::ErrorKind;
use std::net::{TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::Command;

use weir_ingest::{ListenAddress, Transport};
use weir_store::{Disk, StoreConfig};

use super::finding::{Finding, Severity, size};
use super::kernel::{self, Numbers, RMEM_MAX};

/// A receive buffer below this drops datagrams whenever the machine is busy for a moment.
const SMALL_BUFFER: u64 = 1 << 20;
/// Open files that are enough.
const FILES: u64 = 4096;

/// Whether the kernel would grant the receive buffer that the configuration asks for.
pub(super) fn receive_limit(proc_sys: &Path, wanted: u64) -> Option<Finding> {
    let limit = *kernel::read(proc_sys, RMEM_MAX)?.0.first()?;
    buffer("each port", limit.min(wanted), wanted)
}

/// Judges a receive buffer.
pub(super) fn buffer(whose: &str, granted: u64, wanted: u64) -> Option<Finding> {
    let why =
        "what arrives while the machine is busy for a moment waits in this buffer; what does not fit is lost";
    if granted < wanted {
        let problem = format!(
            "the kernel grants {whose} a receive buffer of {} where {} are asked for",
            size(granted),
            size(wanted)
        );
        let finding = Finding::new(Severity::Warning, "receive_buffer", problem).why(why);
        return Some(finding.sysctl(RMEM_MAX, Numbers(vec![wanted])));
    }
    if granted < SMALL_BUFFER {
        let problem = format!("the receive buffer of {whose} is only {}", size(granted));
        let command =
            "WEIR_LISTEN__RECEIVE_BUFFER=32MiB weir serve    # or receive_buffer = \"32MiB\" under [listen]";
        return Some(Finding::new(Severity::Warning, "receive_buffer", problem).why(why).command(command));
    }
    None
}

/// Whether the ports are free. Only asked when no server of ours has them.
pub(super) fn ports(addresses: &[ListenAddress]) -> Vec<Finding> {
    addresses.iter().filter_map(|address| port(*address)).collect()
}

fn port(listen: ListenAddress) -> Option<Finding> {
    let address = listen.socket;
    let (cause, kind, flags) = match listen.transport {
        Transport::Udp => (UdpSocket::bind(address).err()?, "UDP", "-lunp"),
        Transport::Tcp | Transport::Tls => (TcpListener::bind(address).err()?, "TCP", "-ltnp"),
    };
    let number = address.port();
    let (problem, command) = match cause.kind() {
        ErrorKind::AddrInUse => (
            format!("another program has {kind} port {number}"),
            format!(
                "ss {flags} 'sport = :{number}'    # shows which; end it, or choose another port with --listen"
            ),
        ),
        ErrorKind::PermissionDenied => (
            format!("this user may not open {kind} port {number}"),
            "setcap cap_net_bind_service+ep \"$(command -v weir)\"    # or choose a port above 1023"
                .to_owned(),
        ),
        // The default also names IPv6, which a machine need not have.
        _ if address.ip().is_unspecified() => return None,
        _ => (format!("cannot open {kind} {address}: {cause}"), "ip address show".to_owned()),
    };
    let finding = Finding::new(Severity::Error, "port", problem);
    Some(finding.why("exporters that send to this port are not heard").command(command))
}

/// Whether Weir may write to the data directory, or make it.
pub(super) fn writable(dir: &Path) -> Option<Finding> {
    let place = existing(dir);
    let probe = place.join(format!(".weir-doctor-{}", std::process::id()));
    let written = fs::OpenOptions::new().write(true).create_new(true).open(&probe).map(drop);
    let _gone = fs::remove_file(&probe);
    let cause = written.err()?;
    if cause.kind() == ErrorKind::StorageFull {
        return None;
    }
    let place = place.display();
    let problem = format!("the data directory {} cannot be written: {cause}", dir.display());
    let command =
        format!("chown -R \"$(id -u)\" {place}    # as root; or choose another directory with --data");
    let why = "without it nothing is kept, and Weir does not start";
    Some(Finding::new(Severity::Error, "data_directory", problem).why(why).command(command))
}

/// The directory, or the nearest one above it that exists.
pub(super) fn existing(dir: &Path) -> PathBuf {
    let absolute = std::path::absolute(dir).unwrap_or_else(|_| dir.to_owned());
    absolute.ancestors().find(|place| place.is_dir()).unwrap_or(Path::new("/")).to_owned()
}

/// Whether there is room for what is to come.
pub(super) fn disk(dir: &Path, config: &StoreConfig) -> Option<Finding> {
    let disk = Disk::of(&existing(dir), config).ok()?;
    room(&dir.display().to_string(), disk.free, disk.min_free)
}

/// Judges the free space.
pub(super) fn room(dir: &str, free: u64, min_free: u64) -> Option<Finding> {
    let command = format!("df -h {dir} && du -xh --max-depth=1 {dir} | sort -h");
    if free < min_free {
        let problem = format!(
            "the disk of {dir} has {} left, less than the {} to keep free",
            size(free),
            size(min_free)
        );
        let why = "the oldest flows are removed early to make room, however young they are";
        return Some(Finding::new(Severity::Error, "disk", problem).why(why).command(command));
    }
    if free < min_free.saturating_mul(2) {
        let problem = format!(
            "the disk of {dir} has {} left; below {} the oldest flows go",
            size(free),
            size(min_free)
        );
        let why = "soon flows are kept for less time than you want, since something else fills the disk";
        return Some(Finding::new(Severity::Warning, "disk", problem).why(why).command(command));
    }
    None
}

/// Files that this user's programs may have open: connections, journal, and segments that queries read.
pub(super) fn open_files() -> Option<Finding> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    files(line.split_whitespace().nth(1)?.parse().ok()?)
}

/// Judges the hard limit; Weir raises its soft one to that by itself.
fn files(most: u64) -> Option<Finding> {
    let problem = format!("a program of this user may have only {most} files open");
    let why = "every exporter over TCP takes one, and every segment that a query reads";
    let command = format!("ulimit -Hn {FILES}    # as root; for a service: LimitNOFILE={FILES}");
    (most < FILES).then(|| Finding::new(Severity::Warning, "open_files", problem).why(why).command(command))
}

/// Whether something keeps the clock right. Says nothing where that cannot be found out, as in a container.
pub(super) fn clock() -> Option<Finding> {
    let answer = |program: &str, arguments: &[&str]| {
        let output = Command::new(program).args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let unsynchronised = match answer("timedatectl", &["show", "-p", "NTPSynchronized", "--value"]) {
        Some(word) => word == "no",
        None => answer("chronyc", &["-n", "tracking"])?.contains("Not synchronised"),
    };
    let problem = "nothing keeps the clock of this machine right";
    let why = "Weir compares its clock with the exporters', and stores times by it";
    unsynchronised.then(|| {
        Finding::new(Severity::Warning, "clock", problem).why(why).command("timedatectl set-ntp true")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judges_buffers_and_room() {
        assert!(buffer("x", 32 << 20, 32 << 20).is_none());
        let limited = buffer("x", 212_992, 32 << 20).unwrap();
        assert_eq!(limited.command, "sysctl -w net.core.rmem_max=33554432");
        assert!(buffer("x", 4096, 4096).unwrap().command.contains("receive_buffer"));
        assert!(files(4096).is_none() && files(1024).unwrap().problem.contains("1024"));
        assert!(room("/x", 10, 3).is_none());
        assert_eq!(room("/x", 5, 3).unwrap().severity, Severity::Warning);
        assert_eq!(room("/x", 2, 3).unwrap().severity, Severity::Error);
    }

    #[test]
    fn an_occupied_port_is_found() {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = socket.local_addr().unwrap();
        let listen = ListenAddress::udp(address);
        let found = ports(&[listen]);
        assert!(found[0].problem.contains(&address.port().to_string()));
        drop(socket);
        assert!(ports(&[listen]).is_empty());
    }
}
