//! How alerts hang together: who was touched by one and acts in the next is a chain.

use crate::Alert;

/// What another alert has to do with one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// Before: it touched the host that is the source here.
    LedHere,
    /// After: its source is a host that was touched here.
    Followed,
    /// The same source.
    SameSource,
    /// The same target.
    SameTarget,
    /// An address of both, in other parts.
    Shared,
}

impl Relation {
    /// What `other` has to do with `one`.
    pub fn of(one: &Alert, other: &Alert) -> Self {
        if other.first_ns <= one.first_ns && touches(other, one.source()) {
            Self::LedHere
        } else if other.first_ns >= one.first_ns && touches(one, other.source()) {
            Self::Followed
        } else if one.source().is_some() && one.source() == other.source() {
            Self::SameSource
        } else if one.target().is_some() && one.target() == other.target() {
            Self::SameTarget
        } else {
            Self::Shared
        }
    }

    /// Its name, as the API says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::LedHere => "led_here",
            Self::Followed => "followed",
            Self::SameSource => "same_source",
            Self::SameTarget => "same_target",
            Self::Shared => "shared",
        }
    }
}

/// Whether an alert is about something that was done to a host.
fn touches(alert: &Alert, host: Option<&str>) -> bool {
    let Some(host) = host else { return false };
    alert.source() != Some(host)
        && (alert.target() == Some(host) || alert.latest.addresses.iter().any(|address| address == host))
}

#[cfg(test)]
mod tests {
    use weir_detect::{Detection, Entity};

    use super::*;
    use crate::tests::{NOW, all, open, scan};

    #[test]
    fn a_victim_that_becomes_a_source_makes_a_chain() {
        let pair = |source: &str, target: &str, minute| {
            let entity = [("src_ip", source), ("dst_ip", target)];
            let entity = entity.map(|(field, value)| (field.to_owned(), value.to_owned()));
            let addresses = vec![source.to_owned(), target.to_owned()];
            Detection { entity: Entity(entity.to_vec()), addresses, ..scan(source, minute, 30) }
        };
        let (_dir, store) = open();
        // An outside host guesses at 10.0.0.5, which then scans; something else meets 10.0.0.5 meanwhile.
        let found = [
            pair("203.0.113.9", "10.0.0.5", 0),
            scan("10.0.0.5", 5, 30),
            pair("192.0.2.1", "10.0.0.5", 6),
            pair("203.0.113.9", "10.0.0.6", 7),
        ];
        for detection in &found {
            store.record(std::slice::from_ref(detection), NOW).unwrap();
        }
        let mut alerts = all(&store);
        alerts.sort_by_key(|alert| alert.id);
        let of = |one: usize, other: usize| Relation::of(&alerts[one - 1], &alerts[other - 1]);
        assert_eq!((of(1, 2), of(2, 1)), (Relation::Followed, Relation::LedHere));
        assert_eq!((of(1, 3), of(1, 4)), (Relation::SameTarget, Relation::SameSource));
        assert_eq!(of(2, 3), Relation::Shared, "what touched it only later did not lead there");
    }
}
