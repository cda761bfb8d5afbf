//! Which sockets have something to read (epoll, level-triggered): no allocation per call, no cost for silent sockets.

use std::io;
use std::os::fd::BorrowedFd;
use std::time::Duration;

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

/// Sockets told of in one call; more wait for the next.
const EVENTS: usize = 256;

/// A set of watched sockets, and which of them were ready at the last call. A closed socket leaves it by itself.
#[derive(Debug)]
pub(super) struct Readiness {
    epoll: Epoll,
    events: [EpollEvent; EVENTS],
    count: usize,
}

impl Readiness {
    pub(super) fn new() -> io::Result<Self> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        Ok(Self { epoll, events: [EpollEvent::empty(); EVENTS], count: 0 })
    }

    /// Watches for something to read, under a token of the caller's.
    pub(super) fn watch(&self, socket: BorrowedFd<'_>, token: u64) -> io::Result<()> {
        Ok(self.epoll.add(socket, EpollEvent::new(EpollFlags::EPOLLIN, token))?)
    }

    /// Watches also for room to write, or no longer.
    pub(super) fn watch_writing(&self, socket: BorrowedFd<'_>, token: u64, writing: bool) -> io::Result<()> {
        let out = if writing { EpollFlags::EPOLLOUT } else { EpollFlags::empty() };
        Ok(self.epoll.modify(socket, &mut EpollEvent::new(EpollFlags::EPOLLIN | out, token))?)
    }

    /// No longer watches a socket.
    pub(super) fn forget(&self, socket: BorrowedFd<'_>) -> io::Result<()> {
        Ok(self.epoll.delete(socket)?)
    }

    /// Sleeps until a socket is ready; returns how many are.
    pub(super) fn wait(&mut self, patience: Duration) -> usize {
        // Rounded up: a remainder below a millisecond must not become a busy loop.
        let patience = u16::try_from(patience.as_micros().div_ceil(1000)).unwrap_or(u16::MAX);
        // A signal ends the sleep early and leaves no answer, which does no harm.
        self.count = self.epoll.wait(&mut self.events, EpollTimeout::from(patience)).unwrap_or(0);
        self.count
    }

    /// How many sockets were ready at the last call.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// The token of one of them.
    pub(super) fn token(&self, at: usize) -> u64 {
        self.events[at].data()
    }
}
