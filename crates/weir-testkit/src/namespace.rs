//! A network namespace with a cable in it: two interfaces, and what goes into one comes out of the other.

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::process::{Finished, run};

static NEXT: AtomicU32 = AtomicU32::new(0);

/// A namespace of this test's own; removed when dropped.
#[derive(Debug)]
pub struct Namespace {
    name: String,
}

impl Namespace {
    /// The end of the cable to send into.
    pub const NEAR: &str = "near0";
    /// The end of the cable to listen at.
    pub const FAR: &str = "far0";

    /// Makes one, or says why that is not possible here (it takes root and iproute2).
    pub fn create() -> Result<Self, String> {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let namespace = Self { name: format!("weir-{}-{number}", std::process::id()) };
        let ip = |arguments: &str| {
            let mut command = Command::new("ip");
            let finished = run(command.args(arguments.split(' ')), Duration::from_secs(20));
            if finished.code == 0 {
                return Ok(());
            }
            Err(format!("`ip {arguments}` failed: {}", finished.stderr.trim()))
        };
        if !crate::has_program("ip") {
            return Err("the program `ip` is not installed (package iproute2)".to_owned());
        }
        let name = &namespace.name;
        ip(&format!("netns add {name}"))?;
        // The kernel's own IPv6 chatter would be traffic that no test counted.
        let quiet = namespace.shell("echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6");
        if quiet.code != 0 {
            // Containers may make a namespace, and not be allowed to work in it.
            return Err(format!("`ip netns exec` failed: {}", quiet.stderr.trim()));
        }
        ip(&format!("-n {name} link set lo up"))?;
        ip(&format!("-n {name} link add {} type veth peer name {}", Self::NEAR, Self::FAR))?;
        for end in [Self::NEAR, Self::FAR] {
            ip(&format!("-n {name} link set {end} arp off mtu 9000"))?;
            ip(&format!("-n {name} link set {end} up"))?;
        }
        Ok(namespace)
    }

    /// Its name, as `ip netns` knows it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A command that runs in the namespace.
    pub fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.name]).arg(program);
        command
    }

    fn shell(&self, script: &str) -> Finished {
        run(self.command("sh").args(["-c", script]), Duration::from_secs(20))
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["netns", "del", &self.name]).output();
    }
}
