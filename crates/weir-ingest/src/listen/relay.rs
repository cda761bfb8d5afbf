//! Raw copies of datagrams to other collectors: never in the way of receiving.

use std::io;
use std::mem::zeroed;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;

use socket2::{SockAddr, SockRef};
use tracing::warn;
use weir_telemetry::{Counter, LogLimit, Registry};

use super::error::ListenError;
use super::limit_of_others;
use super::receive::BATCH;
use crate::ListenAddress;
use crate::config::RelayConfig;

/// Room for bursts on the way out, as far as the kernel grants it.
const SEND_BUFFER: usize = 4 << 20;

/// One worker's copies.
pub(super) struct Relay {
    destinations: Vec<Destination>,
}

/// Another collector. Its socket is not connected: whether the other side exists is none of the next datagram's business.
struct Destination {
    socket: UdpSocket,
    to: SocketAddr,
    name: SockAddr,
    sent: Counter,
    dropped: Counter,
    log: LogLimit,
}

impl Relay {
    /// Opens a socket for each destination.
    ///
    /// # Errors
    /// A destination that is one of `listeners`: its datagrams would go round for ever.
    pub(super) fn new(
        config: &[RelayConfig],
        listeners: &[ListenAddress],
        metrics: &Registry,
    ) -> Result<Self, ListenError> {
        let destinations = config
            .iter()
            .map(|relay| {
                let to = relay.to;
                if listeners.iter().any(|listener| reaches(to, listener.socket)) {
                    return Err(ListenError::RelayToItself { to });
                }
                Destination::new(to, metrics).map_err(|source| ListenError::Relay { to, source })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { destinations })
    }

    /// Sends these datagrams to every destination; what does not go at once is dropped and counted.
    pub(super) fn send<'a>(&mut self, datagrams: impl Iterator<Item = &'a [u8]>) {
        if self.destinations.is_empty() {
            return;
        }
        let mut vectors = [libc::iovec { iov_base: std::ptr::null_mut(), iov_len: 0 }; BATCH];
        let mut count = 0;
        for (vector, bytes) in vectors.iter_mut().zip(datagrams) {
            // The kernel only reads through it.
            vector.iov_base = bytes.as_ptr().cast_mut().cast();
            vector.iov_len = bytes.len();
            count += 1;
        }
        for destination in &mut self.destinations {
            destination.send(&mut vectors[..count]);
        }
    }
}

impl Destination {
    fn new(to: SocketAddr, metrics: &Registry) -> io::Result<Self> {
        let any: IpAddr =
            if to.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
        let socket = UdpSocket::bind((any, 0))?;
        socket.set_nonblocking(true)?;
        // A smaller buffer is no reason to refuse: what does not fit is counted.
        let _smaller = SockRef::from(&socket).set_send_buffer_size(SEND_BUFFER);
        let destination = to.to_string();
        let counter = |outcome| {
            metrics.counter(
                "weir_relay_datagrams_total",
                "Raw copies of datagrams to other collectors, by what became of them.",
                &[("destination", &destination), ("outcome", outcome)],
            )
        };
        Ok(Self {
            socket,
            to,
            name: to.into(),
            sent: counter("sent"),
            dropped: counter("dropped"),
            log: limit_of_others(),
        })
    }

    fn send(&mut self, vectors: &mut [libc::iovec]) {
        // SAFETY: an all-zero mmsghdr is a valid value; every pointer that the kernel follows is set below.
        #[expect(unsafe_code, reason = "a C struct of plain numbers and pointers")]
        let mut headers: [libc::mmsghdr; BATCH] = unsafe { zeroed() };
        let count = vectors.len();
        for (header, vector) in headers.iter_mut().zip(vectors) {
            header.msg_hdr.msg_name = self.name.as_ptr().cast_mut().cast();
            header.msg_hdr.msg_namelen = self.name.len();
            header.msg_hdr.msg_iov = vector;
            header.msg_hdr.msg_iovlen = 1;
        }
        let mut at = 0;
        let mut dropped = 0;
        while let Some(rest) = headers.get_mut(at..count).filter(|rest| !rest.is_empty()) {
            // SAFETY: the socket is open; each header points at a name and a vector that live as long as this call, and
            // through them at bytes that the caller borrows.
            #[expect(unsafe_code, reason = "sendmmsg")]
            let sent = unsafe {
                libc::sendmmsg(
                    self.socket.as_raw_fd(),
                    rest.as_mut_ptr(),
                    rest.len() as libc::c_uint,
                    libc::MSG_DONTWAIT,
                )
            };
            if let Ok(sent @ 1..) = usize::try_from(sent) {
                at += sent;
                continue;
            }
            let cause = io::Error::last_os_error();
            match cause.raw_os_error() {
                Some(libc::EINTR) => continue,
                // This one is too long for the way; the next need not be.
                Some(libc::EMSGSIZE) => {
                    dropped += 1;
                    at += 1;
                }
                _ => {
                    dropped += count - at;
                    at = count;
                }
            }
            if let Some(unsaid) = self.log.allow() {
                warn!(destination = %self.to, %cause, unsaid, "cannot relay datagrams");
            }
        }
        self.sent.add((count - dropped) as u64);
        self.dropped.add(dropped as u64);
    }
}

/// Whether datagrams to `to` come in at a listener of this machine.
fn reaches(to: SocketAddr, listener: SocketAddr) -> bool {
    let to_ip = to.ip().to_canonical();
    // An address can be bound only where it is local.
    let is_local = || to_ip.is_unspecified() || UdpSocket::bind((to_ip, 0)).is_ok();
    to.port() == listener.port()
        && (listener.ip().to_canonical() == to_ip || (listener.ip().is_unspecified() && is_local()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_its_own_listeners() {
        for (to, listener, expected) in [
            ("127.0.0.1:2055", "[::]:2055", true),
            ("127.0.0.1:2055", "0.0.0.0:2055", true),
            ("127.0.0.1:2056", "0.0.0.0:2055", false),
            ("127.0.0.1:2055", "127.0.0.1:2055", true),
            ("192.0.2.99:2055", "0.0.0.0:2055", false),
        ] {
            let found = reaches(to.parse().unwrap(), listener.parse().unwrap());
            assert_eq!(found, expected, "{to} and {listener}");
        }
    }

    #[test]
    fn copies_are_equal_and_a_missing_collector_hurts_nobody() {
        let there = UdpSocket::bind("127.0.0.1:0").unwrap();
        let gone = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let metrics = Registry::default();
        let config = [there.local_addr().unwrap(), gone].map(|to| RelayConfig { to });
        let mut relay = Relay::new(&config, &[], &metrics).unwrap();
        let datagrams: Vec<Vec<u8>> = (0u8..60).map(|at| vec![at; usize::from(at) * 20]).collect();
        there.set_read_timeout(Some(std::time::Duration::from_secs(10))).unwrap();
        let mut buffer = [0; 2000];
        for _ in 0..3 {
            relay.send(datagrams.iter().map(Vec::as_slice));
            for datagram in &datagrams {
                let length = there.recv(&mut buffer).unwrap();
                assert_eq!(&buffer[..length], &datagram[..]);
            }
        }
        let sent = format!("destination=\"{gone}\",outcome=\"sent\"}} 180");
        assert!(metrics.render().contains(&sent), "{}", metrics.render());
        // One that no way is long enough for is dropped alone.
        let long = vec![0u8; 65_530];
        relay.send([&long[..], &[7u8; 7]].into_iter());
        assert_eq!(there.recv(&mut buffer).unwrap(), 7);
        assert!(metrics.render().contains("outcome=\"dropped\"} 1"), "{}", metrics.render());
    }
}
