//! `weir doctor`: what is wrong, why it matters, and the command that mends it.

mod exporters;
mod finding;
mod kernel;
mod machine;
mod server;

use std::fs;
use std::process::ExitCode;

use serde_json::{Value, json};
use weir_telemetry::{Clock as _, SystemClock};

use crate::cli::{Doctor, DoctorFormat};
use crate::client::Client;
use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::output::say;
use crate::run_file::RunFile;
use finding::{Finding, Severity};

/// Exit code 0 when nothing is broken, 1 with errors among the findings (or when it could not look), 2 on wrong use.
pub(crate) fn run(arguments: &Doctor) -> ExitCode {
    match examine(arguments).and_then(|examination| examination.tell(arguments)) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => failure.report(),
    }
}

/// What was looked at and what was found.
struct Examination {
    server: Option<String>,
    checks: Vec<&'static str>,
    findings: Vec<Finding>,
}

fn examine(arguments: &Doctor) -> Result<Examination, Failure> {
    if let Some(client) = client(arguments) {
        if let Some(health) = client.get("/api/v1/health")? {
            return with_server(arguments, &client, &health);
        }
        if let Some(url) = &arguments.url {
            return Err(Failure::failed(format!("no server answers at {url}"))
                .help("start one with `weir serve`, or leave `--url` out to examine this machine alone"));
        }
    }
    without_server(arguments)
}

/// The server to ask: the one named, or that of the data directory named; none where only a directory without a
/// running server was named.
fn client(arguments: &Doctor) -> Option<Client> {
    match &arguments.data {
        Some(data) => RunFile::read(data).map(|run| Client::new(Some(&format!("http://{}", run.http)))),
        None => Some(Client::new(arguments.url.as_deref())),
    }
}

fn with_server(arguments: &Doctor, client: &Client, health: &Value) -> Result<Examination, Failure> {
    let gone = || Failure::failed(format!("the server at {} stopped answering", client.base()));
    let accounting = client.get("/api/v1/accounting")?.ok_or_else(gone)?;
    let exporters = client.get("/api/v1/exporters")?.ok_or_else(gone)?;
    let dropped = accounting["datagrams"]["kernel_dropped"].as_u64().unwrap_or(0);
    let now_ns = health["now"].as_str().and_then(finding::ns);
    let mut findings: Vec<Finding> = server::trouble(health).into_iter().collect();
    findings.extend(server::buffers(health));
    findings.extend(server::kernel_drops(health, &accounting));
    findings.extend(server::silence(health));
    findings.extend(server::disk(health));
    findings.extend(server::losses(&accounting));
    findings.extend(machine::clock());
    let rate = server::flows_per_second(health, &accounting);
    findings.extend(kernel_settings(arguments, rate));
    let list = exporters["exporters"].as_array().map_or(&[][..], Vec::as_slice);
    let now_ns = now_ns.unwrap_or_else(|| SystemClock.now_ns());
    findings.extend(exporters::examine(list, client.base(), dropped, now_ns));
    let mut checks = vec![
        "trouble",
        "receive_buffer",
        "kernel_drops",
        "silence",
        "disk",
        "losses",
        "clock",
        "backlog",
        "kernel",
    ];
    checks.extend(exporters::CHECKS);
    Ok(Examination { server: Some(client.base().to_owned()), checks, findings })
}

fn without_server(arguments: &Doctor) -> Result<Examination, Failure> {
    let mut configuration = Configuration::load(arguments.config.as_deref())?;
    if let Some(data) = &arguments.data {
        configuration.data.dir.clone_from(data);
    }
    let dir = &configuration.data.dir;
    let mut findings = Vec::new();
    if RunFile::read(dir).is_some() {
        let problem = format!("the server of {} runs, but does not answer", dir.display());
        let why = "nobody can ask it, and perhaps it collects nothing";
        let command =
            format!("kill -TERM \"$(sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/' {}/run.json)\"", dir.display());
        findings.push(Finding::new(Severity::Error, "server", problem).why(why).command(command));
    } else {
        findings.extend(machine::ports(&configuration.listen.addresses));
    }
    findings.extend(machine::receive_limit(&arguments.proc_sys, configuration.listen.receive_buffer.0));
    findings.extend(machine::writable(dir));
    findings.extend(machine::disk(dir, &configuration.store));
    findings.extend(machine::clock());
    findings.extend(machine::open_files());
    findings.extend(kernel_settings(arguments, 0));
    let checks = vec![
        "server",
        "port",
        "receive_buffer",
        "data_directory",
        "disk",
        "clock",
        "open_files",
        "backlog",
        "kernel",
    ];
    Ok(Examination { server: None, checks, findings })
}

/// What the kernel is set to, and what it dropped for want of room. `rate` is what a server measured.
fn kernel_settings(arguments: &Doctor, rate: u64) -> Vec<Finding> {
    let rate = arguments.rate.unwrap_or(rate);
    let settings = kernel::settings(rate, kernel::memory_bytes());
    let counted = fs::read_to_string("/proc/net/softnet_stat").unwrap_or_default();
    let dropped = kernel::backlog(&counted, &settings);
    dropped.into_iter().chain(kernel::examine(&arguments.proc_sys, &settings, rate)).collect()
}

impl Examination {
    /// Prints the findings; true when there is no error among them.
    fn tell(mut self, arguments: &Doctor) -> Result<bool, Failure> {
        self.findings.sort_by_key(|finding| finding.severity);
        let changes = if arguments.apply {
            kernel::apply(&self.findings, &arguments.proc_sys, &arguments.sysctl_dir)?
        } else {
            Vec::new()
        };
        match arguments.format {
            DoctorFormat::Table => {
                say(&finding::table(&self.findings, self.checks.len(), self.server.as_deref()))?;
                for change in &changes {
                    say(&format!("changed: {change}\n"))?;
                }
            }
            DoctorFormat::Json => {
                let answer = json!({
                    "server": self.server, "checks": self.checks, "findings": self.findings, "changes": changes,
                });
                say(&format!("{answer}\n"))?;
            }
        }
        Ok(self.findings.iter().all(|finding| finding.severity != Severity::Error))
    }
}
