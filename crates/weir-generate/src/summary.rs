//! What a run sent, for people and for tests.

use std::fmt;
use std::time::Duration;

use crate::encode::Protocol;
use crate::flow::Totals;

/// The result of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// Sums over all exporters.
    pub totals: Totals,
    /// Sums of each protocol.
    pub by_protocol: Vec<(Protocol, Totals)>,
    /// How many exporters there were.
    pub exporters: usize,
    /// How long it took.
    pub elapsed: Duration,
    /// Datagrams that the target's host refused: nothing listens on that port.
    pub refused: u64,
}

impl Summary {
    pub(crate) fn of(sums: impl Iterator<Item = (Protocol, Totals)>) -> Self {
        let mut summary = Summary::default();
        for (protocol, totals) in sums {
            summary.exporters += 1;
            summary.totals += totals;
            match summary.by_protocol.iter_mut().find(|(known, _)| *known == protocol) {
                Some((_, sum)) => *sum += totals,
                None => summary.by_protocol.push((protocol, totals)),
            }
        }
        summary
    }
}

/// One line for the whole, then one for each protocol if there are several.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sent {}", Line(&self.totals))?;
        if self.by_protocol.len() > 1 {
            for (protocol, totals) in &self.by_protocol {
                write!(f, "\n  {}: {}", protocol.name(), Line(totals))?;
            }
        }
        if self.refused > 0 {
            write!(f, "\n  {} datagrams were refused: nothing listens there", self.refused)?;
        }
        Ok(())
    }
}

struct Line<'a>(&'a Totals);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Totals { flows, bytes, packets, datagrams } = self.0;
        write!(f, "{flows} flows in {datagrams} datagrams (bytes={bytes}, packets={packets})")
    }
}
