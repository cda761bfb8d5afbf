//! Running a program to its end, with a limit.

use std::fs::File;
use std::io::{Read, Seek};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::wait_until;

/// What a program left behind.
#[derive(Debug, Clone)]
pub struct Finished {
    /// The exit code; -1 when a signal ended it.
    pub code: i32,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
}

impl Finished {
    /// The same, when the exit code is the expected one.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "exit code; stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|e| panic!("not JSON ({e}): {}\nstderr:\n{}", self.stdout, self.stderr))
    }
}

/// Runs a command until it ends; one that outlives `limit` is killed and fails the test.
#[track_caller]
pub fn run(command: &mut Command, limit: Duration) -> Finished {
    // Files rather than pipes: a full pipe would hold the program up.
    let mut stdout = tempfile::tempfile().expect("a file for standard output");
    let mut stderr = tempfile::tempfile().expect("a file for standard error");
    let mut child = command
        .stdin(Stdio::null())
        .stdout(stdout.try_clone().expect("a second handle"))
        .stderr(stderr.try_clone().expect("a second handle"))
        .spawn()
        .unwrap_or_else(|e| panic!("cannot start {command:?}: {e}"));
    let deadline = std::time::Instant::now() + limit;
    let status = wait_until(&format!("the end of {command:?}"), limit * 2, || {
        if std::time::Instant::now() > deadline {
            let _ = child.kill();
            let _ = child.wait();
            panic!("{command:?} ran longer than {limit:?}; stderr:\n{}", read(&mut stderr));
        }
        child.try_wait().expect("the state of a child")
    });
    Finished { code: status.code().unwrap_or(-1), stdout: read(&mut stdout), stderr: read(&mut stderr) }
}

fn read(file: &mut File) -> String {
    let mut bytes = Vec::new();
    file.rewind().expect("rewind");
    file.read_to_end(&mut bytes).expect("read back");
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yields_code_and_both_outputs() {
        let finished =
            run(Command::new("sh").args(["-c", "echo out; echo err >&2; exit 3"]), Duration::from_secs(20));
        assert_eq!((finished.code, &*finished.stdout, &*finished.stderr), (3, "out\n", "err\n"));
    }

    #[test]
    #[should_panic(expected = "ran longer than")]
    fn kills_what_does_not_end() {
        run(Command::new("sh").args(["-c", "exec sleep 600"]), Duration::from_millis(50));
    }
}
