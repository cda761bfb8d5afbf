//! One UDP socket of a `SO_REUSEPORT` group, and the options that std does not know.

use std::io;
use std::mem::{size_of, size_of_val};
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};

use socket2::{Domain, Protocol, Type};

use super::error::ListenError;
use super::steer;
use crate::ListenAddress;

/// A bound, non-blocking UDP socket.
#[derive(Debug)]
pub(super) struct Socket {
    inner: socket2::Socket,
    address: SocketAddr,
    granted: u64,
}

/// Opens `count` sockets on one address, steered by source address.
///
/// A plain bind is tried first: with `SO_REUSEPORT` alone a second Weir of the same user would silently take part of
/// the traffic.
pub(super) fn open_group(
    address: SocketAddr,
    count: usize,
    receive_buffer: u64,
) -> Result<Vec<Socket>, ListenError> {
    let address = supported(address);
    let refused = |socket, source| ListenError::from_bind(ListenAddress::udp(socket), source);
    let probe = bind(address, false, 0).map_err(|source| refused(address, source))?;
    let bound = probe.address;
    drop(probe);
    let mut sockets = Vec::with_capacity(count);
    for _ in 0..count {
        sockets.push(bind(bound, true, receive_buffer).map_err(|source| refused(bound, source))?);
    }
    if let (Some(first), true) = (sockets.first(), count > 1) {
        let program = steer::by_source_address(count as u32);
        attach(first.inner.as_raw_fd(), &program)
            .map_err(|source| ListenError::Refused { address: ListenAddress::udp(bound), source })?;
    }
    Ok(sockets)
}

/// `[::]` becomes `0.0.0.0` on a machine without IPv6.
pub(super) fn supported(address: SocketAddr) -> SocketAddr {
    let no_ipv6 = || socket2::Socket::new(Domain::IPV6, Type::DGRAM, Some(Protocol::UDP)).is_err();
    if address.is_ipv6() && address.ip().is_unspecified() && no_ipv6() {
        SocketAddr::from((std::net::Ipv4Addr::UNSPECIFIED, address.port()))
    } else {
        address
    }
}

fn bind(address: SocketAddr, shared: bool, receive_buffer: u64) -> io::Result<Socket> {
    let inner = socket2::Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        inner.set_only_v6(!address.ip().is_unspecified())?;
    }
    if shared {
        inner.set_reuse_port(true)?;
        grow_buffer(&inner, receive_buffer);
    }
    inner.set_nonblocking(true)?;
    inner.bind(&address.into())?;
    let address = inner.local_addr()?.as_socket().unwrap_or(address);
    // The kernel reports twice what was set: half is for its own bookkeeping.
    let granted = inner.recv_buffer_size().unwrap_or(0) as u64 / 2;
    Ok(Socket { inner, address, granted })
}

/// Asks beyond `net.core.rmem_max` first, which root may; then within it.
fn grow_buffer(socket: &socket2::Socket, bytes: u64) {
    let wanted = libc::c_int::try_from(bytes).unwrap_or(libc::c_int::MAX);
    // SAFETY: the descriptor is open, and the pointer and length describe `wanted`, which outlives the call.
    #[expect(unsafe_code, reason = "SO_RCVBUFFORCE has no safe wrapper")]
    let forced = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_RCVBUFFORCE,
            (&raw const wanted).cast(),
            size_of_val(&wanted) as libc::socklen_t,
        )
    };
    if forced != 0 {
        // A smaller buffer is no reason to refuse: what was granted is reported.
        let _smaller = socket.set_recv_buffer_size(bytes as usize);
    }
}

/// Attaches a classic BPF program that picks the socket of the group.
fn attach(descriptor: RawFd, program: &[libc::sock_filter]) -> io::Result<()> {
    let header =
        libc::sock_fprog { len: program.len() as libc::c_ushort, filter: program.as_ptr().cast_mut() };
    // SAFETY: the descriptor is open; the kernel copies the program, which outlives the call, and does not write to it.
    #[expect(unsafe_code, reason = "SO_ATTACH_REUSEPORT_CBPF has no safe wrapper")]
    let result = unsafe {
        libc::setsockopt(
            descriptor,
            libc::SOL_SOCKET,
            libc::SO_ATTACH_REUSEPORT_CBPF,
            (&raw const header).cast(),
            size_of_val(&header) as libc::socklen_t,
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

impl Socket {
    /// The address really bound.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The receive buffer that the kernel granted, in bytes of data.
    pub(super) fn receive_buffer(&self) -> u64 {
        self.granted
    }

    pub(super) fn descriptor(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }

    /// Datagrams that the kernel dropped on this socket since it was opened (`SO_MEMINFO`, the ninth number).
    /// `SO_RXQ_OVFL` would tell only with a later datagram.
    pub(super) fn kernel_dropped(&self) -> u64 {
        const SO_MEMINFO: libc::c_int = 55;
        const DROPS: usize = 8;
        let mut info = [0u32; 9];
        let mut length = (info.len() * size_of::<u32>()) as libc::socklen_t;
        // SAFETY: the descriptor is open; pointer and length describe `info`, which the kernel fills at most.
        #[expect(unsafe_code, reason = "SO_MEMINFO has no safe wrapper")]
        let result = unsafe {
            libc::getsockopt(
                self.inner.as_raw_fd(),
                libc::SOL_SOCKET,
                SO_MEMINFO,
                info.as_mut_ptr().cast(),
                &raw mut length,
            )
        };
        if result == 0 { u64::from(info[DROPS]) } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, UdpSocket};
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn an_address_goes_to_the_worker_that_templates_are_handed_to() {
        let sockets = open_group("127.0.0.1:0".parse().unwrap(), 4, 1 << 16).unwrap();
        let mut used = std::collections::BTreeSet::new();
        for last in 1..=40 {
            let from = IpAddr::from([127, 0, 1, last]);
            let sender = UdpSocket::bind((from, 0)).unwrap();
            sender.send_to(b"x", sockets[0].address()).unwrap();
            let started = Instant::now();
            let found = loop {
                let mut buffer = [std::mem::MaybeUninit::uninit(); 8];
                if let Some(at) = sockets.iter().position(|socket| socket.inner.recv(&mut buffer).is_ok()) {
                    break at;
                }
                assert!(started.elapsed() < Duration::from_secs(10), "nothing came from {from}");
                std::thread::yield_now();
            };
            assert_eq!(found, steer::worker_of(from, 4) as usize, "{from}");
            used.insert(found);
        }
        assert_eq!(used.len(), 4);
    }
}
