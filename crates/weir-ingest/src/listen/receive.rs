//! Batched receive: many datagrams for one system call.

use std::io;
use std::mem::{size_of, zeroed};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::AsRawFd;

use super::socket::Socket;

/// Datagrams taken by one call.
pub(super) const BATCH: usize = 64;
/// No UDP payload is longer, so none is ever cut.
const SLOT: usize = 65_536;

/// Buffers for one worker's `recvmmsg` calls. The slots are 4 MiB of address space, of which the kernel touches only
/// what datagrams fill.
pub(super) struct Receiver {
    slots: Vec<u8>,
    names: Vec<libc::sockaddr_storage>,
    lengths: [usize; BATCH],
    /// Datagrams of the last call.
    count: usize,
    /// Those of them that are let in, a bit each.
    kept: u64,
}

impl Receiver {
    pub(super) fn new() -> Self {
        // SAFETY: an all-zero sockaddr_storage is a valid value (family unspecified).
        #[expect(unsafe_code, reason = "a C struct of plain numbers")]
        let name: libc::sockaddr_storage = unsafe { zeroed() };
        Self {
            slots: vec![0; BATCH * SLOT],
            names: vec![name; BATCH],
            lengths: [0; BATCH],
            count: 0,
            kept: 0,
        }
    }

    /// Takes up to a batch of waiting datagrams without blocking; returns how many.
    pub(super) fn receive(&mut self, socket: &Socket) -> io::Result<usize> {
        let mut vectors: [libc::iovec; BATCH] =
            [libc::iovec { iov_base: std::ptr::null_mut(), iov_len: 0 }; BATCH];
        // SAFETY: an all-zero mmsghdr is a valid value; every pointer that the kernel follows is set below.
        #[expect(unsafe_code, reason = "a C struct of plain numbers and pointers")]
        let mut headers: [libc::mmsghdr; BATCH] = unsafe { zeroed() };
        let slots = self.slots.chunks_exact_mut(SLOT);
        for (((header, vector), slot), name) in
            headers.iter_mut().zip(&mut vectors).zip(slots).zip(&mut self.names)
        {
            vector.iov_base = slot.as_mut_ptr().cast();
            vector.iov_len = slot.len();
            header.msg_hdr.msg_name = std::ptr::from_mut(name).cast();
            header.msg_hdr.msg_namelen = size_of::<libc::sockaddr_storage>() as libc::socklen_t;
            header.msg_hdr.msg_iov = vector;
            header.msg_hdr.msg_iovlen = 1;
        }
        // SAFETY: the socket is open; each header points at one slot and one name of this receiver, which no other
        // reference touches during the call, with their true lengths.
        #[expect(unsafe_code, reason = "recvmmsg")]
        let count = unsafe {
            libc::recvmmsg(
                socket.descriptor().as_raw_fd(),
                headers.as_mut_ptr(),
                BATCH as libc::c_uint,
                libc::MSG_DONTWAIT,
                std::ptr::null_mut(),
            )
        };
        self.count = usize::try_from(count).unwrap_or(0);
        self.kept = u64::MAX;
        let Ok(count) = usize::try_from(count) else {
            let error = io::Error::last_os_error();
            return match error.kind() {
                io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => Ok(0),
                _ => Err(error),
            };
        };
        for (length, header) in self.lengths.iter_mut().zip(&headers).take(count) {
            *length = header.msg_len as usize;
        }
        Ok(count)
    }

    /// Keeps only the datagrams whose sender is wanted; returns how many were not, and the last of their senders.
    pub(super) fn retain(&mut self, wanted: impl Fn(SocketAddr) -> bool) -> (u64, Option<SocketAddr>) {
        let (mut refused, mut last) = (0, None);
        for (at, name) in self.names.iter().take(self.count).enumerate() {
            let sender = source(name);
            if !wanted(sender) {
                self.kept &= !(1 << at);
                refused += 1;
                last = Some(sender);
            }
        }
        (refused, last)
    }

    /// The datagrams of the last call: who sent each, and its bytes.
    pub(super) fn datagrams(&self) -> impl Iterator<Item = (SocketAddr, &[u8])> {
        self.slots
            .chunks_exact(SLOT)
            .zip(&self.names)
            .zip(&self.lengths)
            .take(self.count)
            .enumerate()
            .filter(|(at, _)| self.kept >> at & 1 == 1)
            .map(|(_, ((slot, name), length))| (source(name), slot.get(..*length).unwrap_or(slot)))
    }
}

/// The sender; IPv4 that arrived on an IPv6 socket becomes plain IPv4 again.
fn source(name: &libc::sockaddr_storage) -> SocketAddr {
    match i32::from(name.ss_family) {
        libc::AF_INET => {
            // SAFETY: the kernel wrote a sockaddr_in, as the family says; storage is large and aligned enough for it.
            #[expect(unsafe_code, reason = "the kernel's tagged union")]
            let v4 = unsafe { &*std::ptr::from_ref(name).cast::<libc::sockaddr_in>() };
            let ip = Ipv4Addr::from(u32::from_be(v4.sin_addr.s_addr));
            SocketAddr::from((ip, u16::from_be(v4.sin_port)))
        }
        libc::AF_INET6 => {
            // SAFETY: the kernel wrote a sockaddr_in6, as the family says; storage is large and aligned enough for it.
            #[expect(unsafe_code, reason = "the kernel's tagged union")]
            let v6 = unsafe { &*std::ptr::from_ref(name).cast::<libc::sockaddr_in6>() };
            let ip = Ipv6Addr::from(v6.sin6_addr.s6_addr);
            let ip = ip.to_ipv4_mapped().map_or(IpAddr::V6(ip), IpAddr::V4);
            SocketAddr::from((ip, u16::from_be(v6.sin6_port)))
        }
        _ => SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0)),
    }
}
