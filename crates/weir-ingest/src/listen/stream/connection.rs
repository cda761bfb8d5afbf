//! One exporter's connection: its bytes, its messages, its patience.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::channel::{Channel, Taken};
use super::closed::Closed;
use super::frame::Frames;
use crate::config::ConnectionLimits;

/// A TLS handshake is a few round trips; a client that takes longer only holds a place.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Reads of one connection before the others get their turn.
const TURN: usize = 4;

/// Whether there may be more to read at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// The socket is empty.
    Done,
    /// Its turn was over first.
    More,
}

/// A connection.
pub(super) struct Connection {
    pub(super) peer: SocketAddr,
    /// Index of the listener that took it.
    pub(super) listener: usize,
    pub(super) channel: Channel,
    /// Whether the loop was asked to tell of room to write.
    pub(super) writing: bool,
    /// Messages that were complete.
    pub(super) messages: u64,
    opened: Instant,
    /// When the last message was complete.
    heard: Instant,
    /// When the message that is not complete began.
    begun: Option<Instant>,
    frames: Frames,
}

impl Connection {
    pub(super) fn new(peer: SocketAddr, listener: usize, channel: Channel) -> Self {
        let now = Instant::now();
        Self {
            peer,
            listener,
            channel,
            writing: false,
            messages: 0,
            opened: now,
            heard: now,
            begun: None,
            frames: Frames::default(),
        }
    }

    /// Reads for one turn and gives each complete message to `message`.
    pub(super) fn read(
        &mut self,
        scratch: &mut [u8],
        mut message: impl FnMut(&[u8]),
    ) -> Result<Turn, Closed> {
        for _ in 0..TURN {
            let count = match self.channel.read(scratch) {
                Ok(Taken::Nothing) => return Ok(Turn::Done),
                Ok(Taken::Bytes(count)) => count,
                Err(Closed::Ended) if self.frames.pending() > 0 => return Err(Closed::CutShort),
                Err(closed) => return Err(closed),
            };
            let before = self.messages;
            let messages = &mut self.messages;
            let followed = self.frames.feed(scratch.get(..count).unwrap_or(scratch), |bytes| {
                *messages += 1;
                message(bytes);
            });
            let now = Instant::now();
            if self.messages > before {
                self.heard = now;
                self.begun = None;
            }
            if self.frames.pending() > 0 {
                self.begun.get_or_insert(now);
            }
            followed?;
        }
        Ok(Turn::More)
    }

    /// Whether its patience with the peer is at an end.
    pub(super) fn overdue(&self, now: Instant, limits: &ConnectionLimits) -> Option<Closed> {
        let since = |then: Instant| now.saturating_duration_since(then);
        if self.channel.is_handshaking() {
            return (since(self.opened) >= HANDSHAKE).then_some(Closed::SlowHandshake);
        }
        if self.begun.is_some_and(|begun| since(begun) >= limits.message_timeout.0) {
            return Some(Closed::SlowMessage);
        }
        (since(self.heard) >= limits.idle_timeout.0).then_some(Closed::Idle)
    }

    /// Whether a message is in the middle.
    pub(super) fn is_amid_message(&self) -> bool {
        self.frames.pending() > 0
    }

    /// Since when it is open.
    pub(super) fn opened(&self) -> Instant {
        self.opened
    }
}
