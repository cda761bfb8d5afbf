//! Hunts that run, and those that are over: each on a thread of its own, few at once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use weir_hunt::Progress;
use weir_query::Cancel;

use crate::error::ApiError;
use crate::model::{ErrorCode, HuntJob, HuntResult, HuntState};

/// Hunts that run at once.
const RUNNING: usize = 2;
/// Hunts that are known, running ones included; the oldest that is over makes room.
const KNOWN: usize = 20;

/// A hunt that was asked for.
struct Entry {
    job: HuntJob,
    cancel: Cancel,
    progress: Arc<Progress>,
}

impl Entry {
    /// It as it is now.
    fn look(&self) -> HuntJob {
        let mut job = self.job.clone();
        (job.rows_done, job.rows) = self.progress.rows();
        job
    }
}

/// All that are known, the oldest first.
#[derive(Default)]
pub(crate) struct Hunts(Mutex<VecDeque<Entry>>);

impl Hunts {
    fn entries(&self) -> std::sync::MutexGuard<'_, VecDeque<Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts a hunt on a thread of its own. `job` is how it is told until it is over.
    pub(crate) fn start(
        self: &Arc<Self>,
        job: HuntJob,
        work: impl FnOnce(&Cancel, &Progress) -> Result<HuntResult, ApiError> + Send + 'static,
    ) -> Result<HuntJob, ApiError> {
        let mut entries = self.entries();
        if entries.iter().filter(|entry| entry.job.state == HuntState::Running).count() >= RUNNING {
            return Err(ApiError::new(ErrorCode::Busy, format!("{RUNNING} hunts are running"))
                .help("wait for one of them, or end it: `DELETE /api/v1/hunt/{id}`"));
        }
        while entries.len() >= KNOWN {
            let over = entries.iter().position(|entry| entry.job.state != HuntState::Running);
            entries.remove(over.unwrap_or(0));
        }
        let entry = Entry { job, cancel: Cancel::new(), progress: Arc::default() };
        let (id, cancel, progress) =
            (entry.job.id.clone(), entry.cancel.clone(), Arc::clone(&entry.progress));
        let hunts = Arc::clone(self);
        let run = move || {
            let caught = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&cancel, &progress)));
            let outcome = caught.unwrap_or_else(|_| {
                tracing::error!(hunt = id, "a hunt ended in a panic");
                Err(ApiError::new(ErrorCode::Internal, "the hunt failed"))
            });
            hunts.end(&id, outcome);
        };
        std::thread::Builder::new().name("hunt".to_owned()).spawn(run).map_err(|error| {
            ApiError::new(ErrorCode::Internal, "the hunt could not be started").detail(error.to_string())
        })?;
        let told = entry.look();
        entries.push_back(entry);
        Ok(told)
    }

    fn end(&self, id: &str, outcome: Result<HuntResult, ApiError>) {
        let mut entries = self.entries();
        // One that was called off is not known any more.
        let Some(entry) = entries.iter_mut().find(|entry| entry.job.id == id) else { return };
        match outcome {
            Ok(result) => (entry.job.state, entry.job.result) = (HuntState::Done, Some(result)),
            Err(error) => {
                let error: Box<_> = error.into();
                (entry.job.state, entry.job.error) = (HuntState::Failed, Some(*error));
            }
        }
    }

    /// A hunt as it is now.
    pub(crate) fn get(&self, id: &str) -> Option<HuntJob> {
        self.entries().iter().find(|entry| entry.job.id == id).map(Entry::look)
    }

    /// All of them, the newest first, without their results.
    pub(crate) fn list(&self) -> Vec<HuntJob> {
        let bare = |entry: &Entry| HuntJob { result: None, ..entry.look() };
        self.entries().iter().rev().map(bare).collect()
    }

    /// Ends a hunt and forgets it. Returns how it was.
    pub(crate) fn remove(&self, id: &str) -> Option<HuntJob> {
        let mut entries = self.entries();
        let place = entries.iter().position(|entry| entry.job.id == id)?;
        let entry = entries.remove(place)?;
        entry.cancel.cancel();
        Some(entry.look())
    }

    /// Ends all of them: the server stops.
    pub(crate) fn stop(&self) {
        for entry in self.entries().iter() {
            entry.cancel.cancel();
        }
    }
}
