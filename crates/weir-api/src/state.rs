//! What every handler may take, and how queries run.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::extract::FromRef;
use weir_query::{Cancel, QueryError, Source};

use crate::backend::Backend;
use crate::error::ApiError;
use crate::work::Workers;

/// The running Weir and the threads that queries run on.
#[derive(Clone)]
pub(crate) struct ApiState {
    backend: Arc<dyn Backend>,
    workers: Workers,
    queries: Arc<AtomicU64>,
}

impl FromRef<ApiState> for Arc<dyn Backend> {
    fn from_ref(state: &ApiState) -> Self {
        state.backend.clone()
    }
}

impl ApiState {
    pub(crate) fn new(backend: Arc<dyn Backend>, workers: Workers) -> Self {
        Self { backend, workers, queries: Arc::default() }
    }

    pub(crate) fn now_ns(&self) -> i64 {
        self.backend.now_ns()
    }

    /// Names a query: when it came, and a number that no other has.
    fn name_query(&self) -> String {
        let number = self.queries.fetch_add(1, Ordering::Relaxed);
        format!("{:x}-{number:x}", self.now_ns() / 1_000_000)
    }

    /// Runs a query over a snapshot of the store; `write` turns the answer, given the query's name, into the response.
    pub(crate) async fn answer<Answer, Response: Send + 'static>(
        self,
        run: impl FnOnce(&dyn Source, &Cancel) -> Result<Answer, QueryError> + Send + 'static,
        write: impl FnOnce(String, Answer) -> Result<Response, ApiError> + Send + 'static,
    ) -> Result<Response, ApiError> {
        let query_id = self.name_query();
        let backend = self.backend.clone();
        let name = query_id.clone();
        let answer = self.workers.run(move |cancel| {
            let snapshot = backend.snapshot().map_err(QueryError::Source)?;
            let answer = run(snapshot.as_ref(), cancel)?;
            write(name, answer)
        });
        answer.await.map_err(|error| {
            tracing::debug!(query_id, message = error.message(), "query refused");
            error.of_query(&query_id)
        })
    }
}
