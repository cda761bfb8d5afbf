//! Waiting for a condition instead of for a time.

use std::time::{Duration, Instant};

/// Asks `condition` again and again until it yields something, and fails with `what` after `limit`.
///
/// The pause between two askings only spares the processor; no test relies on its length.
#[track_caller]
pub fn wait_until<T>(what: &str, limit: Duration, mut condition: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(found) = condition() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited {limit:?} in vain for: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn returns_as_soon_as_the_condition_holds() {
        let mut asked = 0;
        let found = wait_until("the third asking", Duration::from_secs(10), || {
            asked += 1;
            (asked == 3).then_some(asked)
        });
        assert_eq!(found, 3);
    }

    #[test]
    #[should_panic(expected = "in vain for: the impossible")]
    fn fails_after_the_limit() {
        wait_until("the impossible", Duration::from_millis(1), || None::<()>);
    }
}
