//! A handle on the real binary: start, ask, kill, start again on the same data.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::Deserialize;
use serde_json::Value;
use tempfile::TempDir;

use crate::process::{Finished, run};
use crate::{Http, wait_until};

/// How long anything that the binary does on its own may take on a busy machine.
const PATIENCE: Duration = Duration::from_mins(1);

/// What a running server writes to `DATA/run.json`.
#[derive(Debug, Clone, Deserialize)]
pub struct RunFile {
    /// Its process.
    pub pid: i32,
    /// The address of UI and API.
    pub http: SocketAddr,
    /// The UDP addresses that exporters send to.
    pub listeners: Vec<SocketAddr>,
    /// The addresses that take TCP.
    pub tcp: Vec<SocketAddr>,
    /// The addresses that take TLS.
    pub tls: Vec<SocketAddr>,
}

/// How to start a server: on free ports of the loopback address and a data directory of its own, unless told otherwise.
#[derive(Debug, Clone)]
pub struct Launch {
    binary: PathBuf,
    folder: Arc<TempDir>,
    data: PathBuf,
    arguments: Vec<String>,
    namespace: Option<String>,
}

impl Launch {
    /// The binary to start: `env!("CARGO_BIN_EXE_weir")` in the tests of the crate `weir`.
    pub fn new(binary: impl AsRef<Path>) -> Self {
        let folder = Arc::new(TempDir::new().expect("a temporary folder"));
        let data = folder.path().join("data");
        Self { binary: binary.as_ref().to_owned(), folder, data, arguments: Vec::new(), namespace: None }
    }

    /// Adds arguments to `weir serve`.
    #[must_use]
    pub fn arguments<'a>(mut self, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        self.arguments.extend(arguments.into_iter().map(str::to_owned));
        self
    }

    /// Starts it inside a network namespace.
    #[must_use]
    pub fn within(mut self, namespace: &str) -> Self {
        self.namespace = Some(namespace.to_owned());
        self
    }

    /// A folder that lives as long as this launch and the server made from it.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The data directory.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The command line of the server, for tests that expect it to end by itself.
    pub fn serve_command(&self) -> Command {
        let mut command = self.command();
        command.arg("serve").arg("--data").arg(&self.data);
        for (flag, address) in [("--http", "127.0.0.1:0"), ("--listen", "127.0.0.1:0")] {
            if !self.arguments.iter().any(|argument| argument == flag) {
                command.args([flag, address]);
            }
        }
        command.args(&self.arguments);
        command
    }

    /// The binary, with nothing of the developer's environment and folder in its way.
    pub fn command(&self) -> Command {
        let mut command = if let Some(namespace) = &self.namespace {
            let mut command = Command::new("ip");
            command.args(["netns", "exec", namespace]).arg(&self.binary);
            command
        } else {
            Command::new(&self.binary)
        };
        for (name, _) in std::env::vars_os() {
            let is_ours =
                name.to_str().is_some_and(|name| name.starts_with("WEIR_") && name != "WEIR_SHARED");
            if is_ours {
                command.env_remove(name);
            }
        }
        command.current_dir(self.folder.path()).env("NO_COLOR", "1");
        command
    }

    /// Starts the server and waits until it says that it is ready.
    #[track_caller]
    pub fn start(self) -> Weir {
        let mut weir = Weir { launch: self, running: None };
        weir.start();
        weir
    }
}

#[derive(Debug)]
struct Running {
    child: Child,
    file: RunFile,
}

/// A server under test. Dropping it kills it.
#[derive(Debug)]
pub struct Weir {
    launch: Launch,
    running: Option<Running>,
}

impl Weir {
    /// Starts the binary with these arguments beside the usual ones.
    #[track_caller]
    pub fn start_with<'a>(binary: impl AsRef<Path>, arguments: impl IntoIterator<Item = &'a str>) -> Self {
        Launch::new(binary).arguments(arguments).start()
    }

    /// Starts it again on the same data directory.
    #[track_caller]
    pub fn start(&mut self) {
        assert!(self.running.is_none(), "it runs already");
        let run_file = self.launch.data.join("run.json");
        // Left by a server that was killed; what it says is no longer so.
        let _ = fs::remove_file(&run_file);
        let log = fs::File::options().create(true).append(true).open(self.log_path()).expect("a log file");
        let mut command = self.launch.serve_command();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle"))
            .stderr(log)
            // A group of its own: an interrupt on the terminal ends the test, which ends the server.
            .process_group(0)
            .spawn()
            .unwrap_or_else(|e| panic!("cannot start {command:?}: {e}"));
        let file = wait_until("the server is ready", PATIENCE, || {
            if let Some(status) = child.try_wait().expect("the state of a child") {
                panic!("the server ended with {status} before it was ready:\n{}", self.log());
            }
            let file: RunFile = serde_json::from_str(&fs::read_to_string(&run_file).ok()?).ok()?;
            let health = self.client(file.http).request("GET", "/api/v1/health", &[], b"").ok()?;
            (health.status == 200).then_some(file)
        });
        self.running = Some(Running { child, file });
    }

    fn client(&self, server: SocketAddr) -> Http {
        match &self.launch.namespace {
            Some(namespace) => Http::within(server, namespace),
            None => Http::new(server),
        }
    }

    fn running(&self) -> &Running {
        self.running.as_ref().expect("a running server")
    }

    /// How it was started.
    pub fn launch(&self) -> &Launch {
        &self.launch
    }

    /// The process: of the server, or of what runs it in a namespace.
    pub fn pid(&self) -> i32 {
        self.running().file.pid
    }

    /// The first UDP address that exporters send to.
    pub fn listener(&self) -> SocketAddr {
        self.running().file.listeners[0]
    }

    /// What it wrote to `run.json`.
    pub fn run_file(&self) -> &RunFile {
        &self.running().file
    }

    /// A client for its API.
    pub fn http(&self) -> Http {
        self.client(self.running().file.http)
    }

    /// `GET /api/v1/accounting`.
    #[track_caller]
    pub fn accounting(&self) -> Value {
        self.http().get_json("/api/v1/accounting")
    }

    /// Runs another command of the same binary to its end, in the same namespace.
    #[track_caller]
    pub fn run<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Finished {
        run(self.launch.command().args(arguments), PATIENCE * 2)
    }

    /// What it wrote so far, over all its runs.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_path()).unwrap_or_default()
    }

    fn log_path(&self) -> PathBuf {
        self.launch.folder().join("log.txt")
    }

    /// Ends it as a power cut would: SIGKILL.
    #[track_caller]
    pub fn kill9(&mut self) {
        let mut running = self.running.take().expect("a running server");
        kill(Pid::from_raw(running.file.pid), Signal::SIGKILL).expect("kill");
        let _ = running.child.wait();
    }

    /// Ends it as an administrator would: SIGTERM, and waits for its exit.
    #[track_caller]
    pub fn terminate(&mut self) -> ExitStatus {
        let mut running = self.running.take().expect("a running server");
        kill(Pid::from_raw(running.file.pid), Signal::SIGTERM).expect("terminate");
        wait_until("the server ends after SIGTERM", PATIENCE, || {
            running.child.try_wait().expect("the state of a child")
        })
    }
}

impl Drop for Weir {
    fn drop(&mut self) {
        if let Some(mut running) = self.running.take() {
            let _ = kill(Pid::from_raw(running.file.pid), Signal::SIGKILL);
            let _ = running.child.kill();
            let _ = running.child.wait();
        }
        if std::thread::panicking() {
            eprintln!("--- log of the server ---\n{}", self.log());
        }
    }
}
