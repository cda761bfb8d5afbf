//! For tests only: a handle on the real binary, a small HTTP client, captures with known totals, namespaces.
//!
//! A test that cannot go on panics with what it saw, so that the log of a failed run tells the story.

mod capture;
mod http;
mod namespace;
mod process;
mod server;
mod traffic;
mod wait;

pub use capture::{Capture, Endpoints, Packet, Totals, Transport};
pub use http::{Http, Response};
pub use namespace::Namespace;
pub use process::{Finished, run};
pub use server::{Launch, RunFile, Weir};
pub use traffic::{ALWAYS, Sent, Sums, assert_adds_up};
pub use wait::wait_until;

/// Whether a test that needs something from the system (root, a program) must run rather than be skipped.
///
/// CI says so with `CI=true`: there a missing exporter is a failure, on a developer's machine it is a message.
pub fn everything_must_run() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true")
}

/// Says why a test does nothing; fails where [`everything_must_run`].
pub fn skip(reason: &str) {
    assert!(!everything_must_run(), "this test may not be skipped here: {reason}");
    eprintln!("skipped: {reason}");
}

/// Whether a program of this name is on the path or where system programs lie.
pub fn has_program(name: &str) -> bool {
    let path = std::env::var("PATH").unwrap_or_default();
    path.split(':')
        .chain(["/usr/sbin", "/sbin"])
        .any(|folder| std::path::Path::new(folder).join(name).is_file())
}
