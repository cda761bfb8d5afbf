//! The thin shell: sockets, the clock, and a loop that keeps up with the schedule.

use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs, UdpSocket};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use weir_telemetry::Clock;

use crate::args::GenerateArgs;
use crate::attack::{self, Expected};
use crate::engine::{Engine, EngineConfig, Sink, management_address};
use crate::error::GenerateError;
use crate::site::SiteConfig;
use crate::summary::Summary;

/// Records between two looks at `stop`.
const BURST: u64 = 2048;
/// Shorter sleeps cost more than they pace.
const SHORTEST_SLEEP: Duration = Duration::from_millis(1);
/// Longer ones would make `stop` wait.
const LONGEST_SLEEP: Duration = Duration::from_millis(50);
/// How far the wall clock may step before the times in records follow it.
const CLOCK_STEP_NS: i64 = 5_000_000_000;

/// Sends as `args` say until they are fulfilled or `stop` is set.
pub fn run(args: &GenerateArgs, stop: &AtomicBool, clock: &dyn Clock) -> Result<Summary, GenerateError> {
    let (scenario, attacks) = attack::find(&args.scenario)?;
    let config = EngineConfig {
        protocols: args.protocols(),
        exporters: args.exporters,
        rate: args.rate,
        start_ns: clock.now_ns(),
        site: SiteConfig {
            seed: args.seed,
            scenario,
            attacks,
            spike: args.spike.clone(),
            false_index: args.false_index,
            exporters: Vec::new(),
        },
    };
    if args.exporters == 0 {
        return Err(GenerateError::BadOption { option: "--exporters", problem: "must be at least 1".into() });
    }
    let target = resolve(&args.target, args.port)?;
    let mut sockets = Sockets::open(target, config.exporter_count())?;
    let addresses = sockets.addresses.clone();
    let agent = |number: usize| addresses[number].unwrap_or_else(|| management_address(number));
    let start_ns = config.start_ns;
    let mut engine = Engine::new(config, agent)?;
    let started = Instant::now();
    let end_ns = if args.rate == 0 {
        unlimited(args, stop, clock, &mut engine, &mut sockets, started);
        clock.now_ns()
    } else {
        paced(args, stop, clock, &mut engine, &mut sockets, start_ns)
    };
    if let Some(path) = &args.expect {
        write_expected(path, &engine.take_expected(), end_ns)?;
    }
    engine.flush(end_ns, &mut sockets);
    if let Some(source) = sockets.failure {
        return Err(GenerateError::Send { target, source });
    }
    let mut summary = Summary::of(engine.totals());
    summary.elapsed = started.elapsed();
    summary.refused = sockets.refused;
    Ok(summary)
}

/// Writes down which attacks were played to their end by `end_ns`.
fn write_expected(path: &Path, expected: &[Expected], end_ns: i64) -> Result<(), GenerateError> {
    let failed = |source| GenerateError::Expected { path: path.to_owned(), source };
    let mut file = BufWriter::new(File::create(path).map_err(failed)?);
    for one in expected.iter().filter(|one| one.end_ns <= end_ns) {
        let line = serde_json::to_string(one).map_err(|error| failed(error.into()))?;
        writeln!(file, "{line}").map_err(failed)?;
    }
    file.flush().map_err(failed)
}

/// Follows the schedule; returns the time it got to.
fn paced(
    args: &GenerateArgs,
    stop: &AtomicBool,
    clock: &dyn Clock,
    engine: &mut Engine,
    sockets: &mut Sockets,
    start_ns: i64,
) -> i64 {
    let started = Instant::now();
    let last_ns = args.duration.map_or(i64::MAX, |duration| start_ns.saturating_add(nanos(duration)) - 1);
    loop {
        let elapsed = nanos(started.elapsed());
        let left = args.flow_count.map_or(u64::MAX, |count| count - engine.made());
        if left == 0 || stop.load(Ordering::Relaxed) || sockets.failure.is_some() {
            return start_ns + elapsed;
        }
        // The schedule runs by the monotonic clock; the times in records follow the wall clock if that is set.
        let step_ns = clock.now_ns() - start_ns - elapsed;
        engine.set_clock_step(if step_ns.abs() > CLOCK_STEP_NS { step_ns } else { 0 });
        let to_ns = (start_ns + elapsed).min(last_ns);
        let sent = engine.advance(to_ns, left.min(BURST), sockets);
        if sent == BURST {
            continue;
        }
        if to_ns == last_ns {
            return last_ns;
        }
        let next_ns = engine.next_due_ns().min(engine.next_flush_ns()) - start_ns;
        let wait = Duration::from_nanos(next_ns.saturating_sub(nanos(started.elapsed())).max(0) as u64);
        std::thread::sleep(wait.clamp(SHORTEST_SLEEP, LONGEST_SLEEP));
    }
}

/// Sends as fast as the sockets take it.
fn unlimited(
    args: &GenerateArgs,
    stop: &AtomicBool,
    clock: &dyn Clock,
    engine: &mut Engine,
    sockets: &mut Sockets,
    started: Instant,
) {
    loop {
        let left = args.flow_count.map_or(u64::MAX, |count| count - engine.made());
        let over = args.duration.is_some_and(|duration| started.elapsed() >= duration);
        if left == 0 || over || stop.load(Ordering::Relaxed) || sockets.failure.is_some() {
            return;
        }
        engine.produce(clock.now_ns(), left.min(BURST), sockets);
    }
}

fn nanos(duration: Duration) -> i64 {
    i64::try_from(duration.as_nanos()).unwrap_or(i64::MAX)
}

/// The target's first address, IPv4 before IPv6.
fn resolve(target: &str, port: u16) -> Result<SocketAddr, GenerateError> {
    let failed = |source| GenerateError::Resolve { target: target.to_owned(), source };
    let addresses: Vec<SocketAddr> = (target, port).to_socket_addrs().map_err(failed)?.collect();
    let first = addresses.iter().find(|address| address.is_ipv4()).or(addresses.first());
    first.copied().ok_or_else(|| failed(io::Error::new(io::ErrorKind::NotFound, "the name has no address")))
}

/// A socket for each exporter.
struct Sockets {
    exporters: Vec<UdpSocket>,
    /// The loopback address that each sends from, where it has one of its own.
    addresses: Vec<Option<IpAddr>>,
    refused: u64,
    failure: Option<io::Error>,
}

impl Sockets {
    fn open(target: SocketAddr, count: usize) -> Result<Self, GenerateError> {
        let mut opened = Sockets { exporters: Vec::new(), addresses: Vec::new(), refused: 0, failure: None };
        for number in 0..count {
            let (socket, address) = open_source(target, number).map_err(|source| GenerateError::Socket {
                number: number + 1,
                count,
                source,
            })?;
            opened.exporters.push(socket);
            opened.addresses.push(address);
        }
        Ok(opened)
    }
}

/// A socket connected to `target`, from 127.0.1.x where that is possible.
fn open_source(target: SocketAddr, number: usize) -> io::Result<(UdpSocket, Option<IpAddr>)> {
    if target.ip().is_loopback() && target.is_ipv4() {
        let own = Ipv4Addr::new(127, 0, 1 + (number / 250) as u8, 1 + (number % 250) as u8);
        // Linux owns all of 127.0.0.0/8; other systems refuse, and share one address.
        if let Ok(socket) = UdpSocket::bind((own, 0)) {
            socket.connect(target)?;
            return Ok((socket, Some(own.into())));
        }
    }
    let any: IpAddr =
        if target.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0))?;
    socket.connect(target)?;
    Ok((socket, None))
}

impl Sink for Sockets {
    fn datagram(&mut self, exporter: usize, bytes: &[u8]) {
        if self.failure.is_some() {
            return;
        }
        // An ICMP answer to an earlier datagram is reported by a later send, which then sends nothing: try again.
        for _ in 0..3 {
            match self.exporters[exporter].send(bytes) {
                Ok(_) => return,
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => self.refused += 1,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failure = Some(error);
                    return;
                }
            }
        }
    }
}
