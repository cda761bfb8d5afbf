//! `weir serve`: everything in one process.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::signal::unix::{SignalKind, signal};
use tracing::{error, info, warn};
use weir_alert::AlertStore;
use weir_ingest::Transport;
use weir_notify::Notifier;
use weir_pipeline::{Deps, Pipeline};
use weir_telemetry::{Clock, LogFormat, Registry, SystemClock, chain};

use crate::cli::Serve;
use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::memory;
use crate::output::say;
use crate::run_file::RunFile;

mod backend;
mod demo;
mod exporter_metrics;
mod watch;
mod watch_status;

/// How often it is looked whether every stage lives.
const WATCH: Duration = Duration::from_millis(500);
/// How long a start waits for room on the disk.
const DISK_WAIT: Duration = Duration::from_secs(30);
/// How often memory that is free goes back to the system.
const GIVE_BACK: Duration = Duration::from_secs(10);

pub(crate) fn run(arguments: &Serve) -> Result<(), Failure> {
    weir_telemetry::init_logging(LogFormat::Text);
    let configuration = configured(arguments)?;
    allow_open_files();
    memory::use_small_pages();
    configuration.http.check().map_err(|error| Failure::wrong_use(chain(&error)).help(error.help()))?;
    configuration.notify.check().map_err(|error| Failure::wrong_use(format!("notify: {error}")))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .thread_name("http")
        .build()
        .map_err(|cause| Failure::from_error(&cause))?;
    runtime.block_on(serve(&configuration, arguments.demo))
}

/// Raises the number of files that may be open to what this user may have: the usual 1024 is kept low for programs of
/// old. Where that is refused, it stays as it is.
fn allow_open_files() {
    let raised = getrlimit(Resource::RLIMIT_NOFILE)
        .and_then(|(_, most)| setrlimit(Resource::RLIMIT_NOFILE, most, most));
    if let Err(cause) = raised {
        warn!(%cause, "cannot raise the limit of open files");
    }
}

/// Flags win over file and variables.
fn configured(arguments: &Serve) -> Result<Configuration, Failure> {
    let mut configuration = Configuration::load(arguments.config.as_deref())?;
    if let Some(data) = &arguments.data {
        configuration.data.dir.clone_from(data);
    }
    if !arguments.listen.is_empty() {
        configuration.listen.addresses.clone_from(&arguments.listen);
    }
    if let Some(http) = arguments.http {
        configuration.http.address = http;
    }
    Ok(configuration)
}

async fn serve(configuration: &Configuration, demo: bool) -> Result<(), Failure> {
    let address = configuration.http.address;
    let listener = tokio::net::TcpListener::bind(address).await.map_err(|cause| {
        Failure::failed(format!("cannot serve http on {address}: {cause}"))
            .help("another Weir may be running; choose another address with `--http ADDRESS:PORT`")
    })?;
    let http = listener.local_addr().map_err(|cause| Failure::from_error(&cause))?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let deps = Deps { clock: Arc::clone(&clock), metrics: Registry::default() };
    let kept = watch::Alerts::default();
    let rules = watch::rules(configuration);
    let watch = watch::open(&rules, &kept, &clock);
    let started = Pipeline::start_watching(&configuration.pipeline(), &deps, watch);
    let mut pipeline =
        Arc::new(started.map_err(|error| Failure::from_error(&error).maybe_help(error.help()))?);

    // The pipeline holds the lock of the data directory by now: nobody else has the file open.
    let alerts = patiently("open the alerts", || AlertStore::open(&configuration.data.dir))
        .await
        .map_err(|error| Failure::from_error(&error).maybe_help(error.help().map(str::to_owned)))?;
    watch::acquaint(&rules, &alerts)
        .map_err(|error| Failure::from_error(&error).maybe_help(error.help().map(str::to_owned)))?;
    let alerts = Arc::new(alerts);
    // Before detections come in, so that a new channel misses none.
    let notifier = Notifier::start(&configuration.notify, &alerts, &clock)
        .map_err(|error| Failure::wrong_use(format!("notify: {error}")))?;
    let alerts = Arc::clone(kept.get_or_init(|| alerts));

    let following = tokio::spawn(watch::follow_folder(Arc::clone(&rules), Arc::clone(&alerts)));
    let watched = backend::Watched { rules, alerts, notifier };
    let backend = backend::PipelineBackend::new(Arc::clone(&pipeline), &deps, configuration, watched, demo);
    let backend = Arc::new(backend);
    let stop = Arc::new(AtomicBool::new(false));
    let opened = pipeline.listeners();
    let bound = |transport: Transport| -> Vec<SocketAddr> {
        opened.iter().filter(|one| one.transport == transport).map(|one| one.address).collect()
    };
    let listeners = bound(Transport::Udp);
    let generator = demo.then(|| demo::start(&listeners, Arc::clone(&stop), Arc::clone(&clock)));
    let data = &configuration.data.dir;
    let run_file = RunFile {
        pid: std::process::id(),
        http,
        listeners,
        tcp: bound(Transport::Tcp),
        tls: bound(Transport::Tls),
    };
    patiently("write run.json", || run_file.write(data)).await.map_err(|cause| {
        Failure::failed(format!("cannot write {}: {cause}", data.join("run.json").display()))
    })?;
    say(&banner(&run_file, demo))?;

    let minutes = tokio::spawn(log_ledgers(Arc::clone(&backend)));
    let tidying = tokio::spawn(give_memory_back());
    let end = ended(Arc::clone(&backend));
    let served = weir_api::serve(listener, Arc::clone(&backend), &configuration.http, end).await;
    let dead_stage = pipeline.dead_stage();
    minutes.abort();
    tidying.abort();
    following.abort();
    stop.store(true, Ordering::Relaxed);
    if let Some(generator) = generator
        && generator.join().is_err()
    {
        warn!("the demo generator ended with a panic");
    }
    RunFile::remove(data);
    drop(backend);
    match Arc::get_mut(&mut pipeline) {
        Some(pipeline) => report_end(&pipeline.stop()),
        // A query still runs: dropping the last handle stops the pipeline just the same.
        None => drop(pipeline),
    }
    if let Some(name) = dead_stage {
        let help =
            "its reason is in the log above, please report it; start Weir again, everything stored is there";
        return Err(Failure::failed(format!("the stage `{name}` has ended, and Weir with it")).help(help));
    }
    served.map_err(|error| Failure::from_error(&error))
}

/// Does what needs the disk, again and again for a while: it may be full, and the pipeline is making room.
async fn patiently<T, E: std::error::Error>(
    what: &'static str,
    mut act: impl FnMut() -> Result<T, E>,
) -> Result<T, E> {
    let began = Instant::now();
    loop {
        match act() {
            Err(error) if began.elapsed() < DISK_WAIT => {
                warn!(cause = chain(&error), "cannot {what} yet, will try again");
            }
            done => return done,
        }
        tokio::time::sleep(WATCH).await;
    }
}

/// Resolves when Weir is to end: when it is told to, or when a stage has died, without which it does nothing.
async fn ended(backend: Arc<backend::PipelineBackend>) {
    let watch = async {
        let mut every = tokio::time::interval(WATCH);
        loop {
            every.tick().await;
            if let Some(stage) = backend.dead_stage() {
                error!(stage, "a stage has ended: draining the others");
                break;
            }
        }
    };
    tokio::select! {
        () = stopped() => {}
        () = watch => {}
    }
    backend.stop();
}

/// Resolves at SIGTERM or SIGINT.
async fn stopped() {
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        warn!("cannot watch for signals: end Weir with SIGKILL; nothing stored is lost by it");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => info!("SIGTERM: draining"),
        _ = interrupt.recv() => info!("interrupted: draining"),
    }
}

/// One line a minute that adds up.
async fn log_ledgers(backend: Arc<backend::PipelineBackend>) {
    let mut every = tokio::time::interval(Duration::from_mins(1));
    every.tick().await;
    loop {
        every.tick().await;
        let now = backend.ledgers();
        info!(
            received = now.datagrams.received,
            decoded = now.datagrams.decoded,
            rejected = now.datagrams.rejected.values().sum::<u64>(),
            kernel_dropped = now.datagrams.kernel_dropped,
            records = now.records.decoded,
            stored = now.records.stored,
            waiting = now.records.waiting,
            lost = now.records.lost.values().sum::<u64>(),
            counters = now.rows.counters.stored,
            "accounting"
        );
        for contradiction in now.contradictions() {
            warn!(contradiction, "the ledgers do not add up: please report this");
        }
    }
}

async fn give_memory_back() {
    let mut every = tokio::time::interval(GIVE_BACK);
    loop {
        every.tick().await;
        memory::give_back();
    }
}

fn report_end(ledgers: &weir_telemetry::LedgerSnapshot) {
    info!(
        records = ledgers.records.decoded,
        stored = ledgers.records.stored,
        lost = ledgers.records.lost.values().sum::<u64>(),
        counters = ledgers.rows.counters.stored,
        "stopped"
    );
}

fn banner(running: &RunFile, demo: bool) -> String {
    let ports = |addresses: &[SocketAddr]| -> String {
        let ports: Vec<String> = addresses.iter().map(|address| address.port().to_string()).collect();
        ports.join(", ")
    };
    let ways: Vec<String> = [
        (&running.listeners, "UDP port", " (any protocol on any port)"),
        (&running.tcp, "TCP port", " (IPFIX)"),
        (&running.tls, "TLS port", " (IPFIX)"),
    ]
    .into_iter()
    .filter(|(addresses, ..)| !addresses.is_empty())
    .map(|(addresses, what, note)| format!("{what} {}{note}", ports(addresses)))
    .collect();
    let traffic = if demo { "  Demo traffic is on: everything shown is invented.\n" } else { "" };
    format!(
        "\n  Weir is running.   Open  http://{}/\n{traffic}\n  \
         Send flow exports (NetFlow, IPFIX, sFlow) to this machine: {}.\n  \
         How to set up a router or firewall: http://{}/ shows it until flows come in.\n\n",
        running.http,
        ways.join("; "),
        running.http
    )
}
