//! What others want to know of a worker's session, which only the worker may look at.
//!
//! A question waits in a small queue until the worker has done what it is at: a tenth of a second at most, unless the
//! journal keeps it waiting. Nothing is prepared for questions that nobody asks.

use std::net::IpAddr;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

use crate::{Session, TemplateList};

/// Questions that may wait for one worker.
const WAITING: usize = 4;
/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// "Which templates does this address have?"
#[derive(Debug)]
struct Question {
    exporter: IpAddr,
    answer: SyncSender<TemplateList>,
}

/// Where the workers are asked.
#[derive(Debug, Clone, Default)]
pub struct Desks(Vec<SyncSender<Question>>);

/// What a worker is asked.
#[derive(Debug)]
pub(super) struct Questions(Receiver<Question>);

impl Questions {
    /// Answers what was asked meanwhile.
    pub(super) fn answer(&self, session: &Session) {
        while let Ok(Question { exporter, answer }) = self.0.try_recv() {
            // Who asked may have given up.
            let _ = answer.try_send(session.templates_of(exporter));
        }
    }
}

impl Desks {
    /// One more worker is asked.
    pub(super) fn open(&mut self) -> Questions {
        let (sender, receiver) = sync_channel(WAITING);
        self.0.push(sender);
        Questions(receiver)
    }

    /// The templates of an exporter's address as they are now. `None`: a worker does not answer, because it waits for
    /// the journal or has ended.
    pub fn templates_of(&self, exporter: IpAddr) -> Option<TemplateList> {
        let (answer, answers) = sync_channel(self.0.len());
        for desk in &self.0 {
            desk.try_send(Question { exporter, answer: answer.clone() }).ok()?;
        }
        let asked = Instant::now();
        let mut list = TemplateList::default();
        for _ in &self.0 {
            let more = answers.recv_timeout(PATIENCE.saturating_sub(asked.elapsed())).ok()?;
            list.total += more.total;
            list.templates.extend(more.templates);
        }
        list.templates.truncate(TemplateList::MOST);
        Some(list)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SessionLimits;

    #[test]
    fn an_answer_needs_every_worker() {
        let mut desks = Desks::default();
        let (one, other) = (desks.open(), desks.open());
        let session = Session::new(SessionLimits::default());
        let asked = desks.clone();
        let asking = std::thread::spawn(move || asked.templates_of([192, 0, 2, 1].into()));
        while !asking.is_finished() {
            one.answer(&session);
            other.answer(&session);
            std::thread::yield_now();
        }
        assert_eq!(asking.join().ok().flatten().map(|list| list.total), Some(0));
        drop(other);
        assert!(desks.templates_of([192, 0, 2, 1].into()).is_none());
    }
}
