//! What every handler may take, and how queries run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::FromRef;
use weir_filter::Context;
use weir_query::{Cancel, QueryError, Source, SourceError};
use weir_schema::Table;

use crate::backend::Backend;
use crate::error::ApiError;
use crate::hunts::Hunts;
use crate::work::Workers;

/// The running Weir and the threads that queries run on.
#[derive(Clone)]
pub(crate) struct ApiState {
    backend: Arc<dyn Backend>,
    workers: Workers,
    queries: Arc<AtomicU64>,
    hunts: Arc<Hunts>,
}

/// Takes a snapshot of a table.
pub(crate) type Snapshots<'a> = dyn Fn(Table) -> Result<Box<dyn Source>, SourceError> + 'a;

/// A question on its way: over which rows, until when, under which name.
pub(crate) struct Asked<'a> {
    pub(crate) snapshots: &'a Snapshots<'a>,
    pub(crate) cancel: &'a Cancel,
    pub(crate) query_id: &'a str,
}

impl Asked<'_> {
    /// Asks the rows of a table as they are now. Where retention removed some of them before they were read, it asks
    /// those that are left.
    pub(crate) fn rows<T>(
        &self,
        table: Table,
        ask: impl Fn(&dyn Source) -> Result<T, QueryError>,
    ) -> Result<T, ApiError> {
        let answer = || ask((self.snapshots)(table).map_err(QueryError::Source)?.as_ref());
        let answer = match answer() {
            Err(error) if error.is_outrun() => {
                tracing::debug!(query_id = self.query_id, "retention outran a query, asking again");
                answer()
            }
            answer => answer,
        };
        Ok(answer?)
    }
}

impl FromRef<ApiState> for Arc<dyn Backend> {
    fn from_ref(state: &ApiState) -> Self {
        state.backend.clone()
    }
}

impl FromRef<ApiState> for Arc<Hunts> {
    fn from_ref(state: &ApiState) -> Self {
        state.hunts.clone()
    }
}

impl ApiState {
    pub(crate) fn new(backend: Arc<dyn Backend>, workers: Workers) -> Self {
        Self { backend, workers, queries: Arc::default(), hunts: Arc::default() }
    }

    pub(crate) fn backend(&self) -> Arc<dyn Backend> {
        self.backend.clone()
    }

    pub(crate) fn hunts(&self) -> &Arc<Hunts> {
        &self.hunts
    }

    pub(crate) fn now_ns(&self) -> i64 {
        self.backend.now_ns()
    }

    /// What a filter may refer to: the present, and the named sets.
    pub(crate) fn context(&self) -> Context {
        Context { now_ns: Some(self.now_ns()), sets: self.backend.sets() }
    }

    /// Names a query: when it came, and a number that no other has.
    pub(crate) fn name_query(&self) -> String {
        let number = self.queries.fetch_add(1, Ordering::Relaxed);
        format!("{:x}-{number:x}", self.now_ns() / 1_000_000)
    }

    /// Answers a question on a thread that may block, over snapshots of the store.
    pub(crate) async fn answer<T: Send + 'static>(
        self,
        answer: impl FnOnce(Asked<'_>) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let query_id = self.name_query();
        let backend = self.backend.clone();
        let name = query_id.clone();
        let work = move |cancel: &Cancel| {
            let snapshots = |table| backend.snapshot(table);
            answer(Asked { snapshots: &snapshots, cancel, query_id: &name })
        };
        self.workers.run(work).await.map_err(|error| {
            tracing::debug!(query_id, message = error.message(), "query refused");
            error.of_query(&query_id)
        })
    }
}
