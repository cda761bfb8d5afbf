//! Demo traffic: the generator inside, through the real UDP socket.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::JoinHandle;

use tracing::error;
use weir_generate::{GenerateArgs, ProtocolChoice};
use weir_telemetry::{Clock, chain};

/// Records a second: enough to look alive, little enough to leave the machine alone.
const RATE: u64 = 400;

/// Two of each protocol.
const EXPORTERS: usize = 8;

/// Starts the generator on a thread of its own; it ends when `stop` is set.
pub(super) fn start(
    listeners: &[SocketAddr],
    stop: Arc<AtomicBool>,
    clock: Arc<dyn Clock>,
) -> JoinHandle<()> {
    let port = listeners.first().map_or(2055, SocketAddr::port);
    let target = match listeners.first().map(SocketAddr::ip) {
        Some(ip) if !ip.is_unspecified() => ip,
        _ => IpAddr::V4(Ipv4Addr::LOCALHOST),
    };
    std::thread::spawn(move || {
        let arguments = GenerateArgs {
            target: target.to_string(),
            port,
            protocol: vec![ProtocolChoice::All],
            rate: RATE,
            scenario: "attacks".to_owned(),
            exporters: EXPORTERS,
            ..GenerateArgs::default()
        };
        if let Err(cause) = weir_generate::run(&arguments, &stop, clock.as_ref()) {
            error!(cause = chain(&cause), "the demo generator stopped");
        }
    })
}
