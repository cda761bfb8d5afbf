//! When to let datagrams gather before they are fetched.
//!
//! Waking a thread costs more than decoding a datagram: at 6000 datagrams a second, one wake-up each, it is most of what
//! receiving costs. So a worker that found few datagrams sleeps for a moment before it looks again, and finds more of
//! them. What came first after a silence has been decoded before that, and a worker that finds a full batch never sleeps.

use std::time::Duration;

use super::receive::BATCH;

/// Short against the second after which batches are passed on.
const LONGEST: Duration = Duration::from_millis(5);
/// A sleep below this saves nothing.
const SHORTEST: Duration = Duration::from_micros(500);
/// Bytes a second, with the kernel's own, that may come while a worker sleeps: more than 5 Gbit/s.
const FASTEST: f64 = 1e9;
/// The part of a receive buffer that may fill in that time at that speed.
const SHARE: f64 = 0.25;

/// How long datagrams may gather in receive buffers of these sizes: the smallest decides. `None` if that would be too
/// short to pay.
pub(super) fn time(buffers: impl Iterator<Item = u64>) -> Option<Duration> {
    let smallest = buffers.min()?;
    let fills = Duration::from_secs_f64(smallest as f64 * SHARE / FASTEST);
    (fills >= SHORTEST).then(|| fills.min(LONGEST))
}

/// The time to sleep after a round whose largest batch had `most` datagrams.
pub(super) fn worthwhile(time: Option<Duration>, most: usize) -> Option<Duration> {
    time.filter(|_| (1..BATCH).contains(&most))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_buffer_is_never_left_alone() {
        // What an unprivileged process gets on an untuned machine, and what it gets on a tuned one.
        assert_eq!(time([212_992].into_iter()), None);
        assert_eq!(time([32 << 20, 212_992].into_iter()), None);
        assert_eq!(time([32 << 20].into_iter()), Some(LONGEST));
        let some = time([4 << 20].into_iter()).unwrap();
        assert!((SHORTEST..LONGEST).contains(&some), "{some:?}");
        assert_eq!(time(std::iter::empty()), None);
    }

    #[test]
    fn sleeps_neither_in_silence_nor_under_load() {
        let time = Some(LONGEST);
        assert_eq!(worthwhile(time, 0), None);
        assert_eq!(worthwhile(time, 1), time);
        assert_eq!(worthwhile(time, BATCH), None);
        assert_eq!(worthwhile(None, 1), None);
    }
}
