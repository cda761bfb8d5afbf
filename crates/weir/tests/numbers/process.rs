//! What the kernel says of a process: processor time by thread, and memory.

use std::fs;

/// A process by its number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Process(pub(crate) u32);

impl Process {
    /// Kilobytes of an entry in `/proc/PID/status`, such as `VmHWM:`, in megabytes.
    pub(crate) fn memory_mb(self, entry: &str) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0)).unwrap();
        let line = status.lines().find(|line| line.starts_with(entry)).unwrap();
        line.split_whitespace().nth(1).unwrap().parse::<f64>().unwrap() / 1000.0
    }

    /// Processor time so far of the threads whose name is wanted, in seconds (100 ticks each). A thread that has ended
    /// no longer counts.
    pub(crate) fn cpu_s(self, wanted: impl Fn(&str) -> bool) -> f64 {
        let threads = fs::read_dir(format!("/proc/{}/task", self.0)).unwrap();
        let ticks = threads.flatten().filter_map(|thread| {
            let stat = fs::read_to_string(thread.path().join("stat")).ok()?;
            let (before, after) = stat.rsplit_once(") ")?;
            let name = before.split_once('(')?.1;
            let fields: Vec<&str> = after.split(' ').collect();
            let ticks = fields[11].parse::<f64>().ok()? + fields[12].parse::<f64>().ok()?;
            wanted(name).then_some(ticks)
        });
        ticks.sum::<f64>() / 100.0
    }
}

/// Whether a thread of Weir works on the way from the socket to the journal.
pub(crate) fn to_journal(thread: &str) -> bool {
    thread.starts_with("receive") || thread == "journal"
}
