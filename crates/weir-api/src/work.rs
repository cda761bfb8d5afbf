//! Runs queries on threads that may block: only so many at once, and none for a client that has gone.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use weir_query::Cancel;

use crate::error::ApiError;
use crate::model::ErrorCode;

/// How long a query may wait for its turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// Queries that may wait for their turn. More are refused at once.
const WAITING: usize = 64;

/// The threads that queries run on.
#[derive(Clone)]
pub(crate) struct Workers {
    running: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    patience: Duration,
    stopping: watch::Receiver<bool>,
}

/// Cancels its query when it is dropped: the client has gone, or the server stops.
struct CancelOnDrop(Cancel);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl Workers {
    /// As many queries at once as the machine has processors, but at least two, so that a long one blocks no other.
    pub(crate) fn new(stopping: watch::Receiver<bool>) -> Self {
        let processors = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
        Self::with_limits(processors.max(2), PATIENCE, stopping)
    }

    fn with_limits(running: usize, patience: Duration, stopping: watch::Receiver<bool>) -> Self {
        Self {
            running: Arc::new(Semaphore::new(running)),
            waiting: Arc::new(Semaphore::new(running + WAITING)),
            patience,
            stopping,
        }
    }

    /// Runs `work` and returns its answer. Dropping the future cancels the work.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Cancel) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        let mut stopping = self.stopping.clone();
        if *stopping.borrow() {
            return Err(unavailable());
        }
        let waiting = self.waiting.clone().try_acquire_owned().map_err(|_| busy())?;
        let permit = self.turn().await?;
        let cancel = Cancel::new();
        let guard = CancelOnDrop(cancel.clone());
        let task = tokio::task::spawn_blocking(move || {
            // Held by the thread, not by the request: a cancelled query still works until it notices.
            let _held = (waiting, permit);
            work(&cancel)
        });
        let answer = tokio::select! {
            answer = task => answer,
            Ok(_) = stopping.wait_for(|&stopping| stopping) => return Err(unavailable()),
        };
        drop(guard);
        answer.unwrap_or_else(|error| {
            tracing::error!(%error, "a query ended in a panic");
            Err(ApiError::new(ErrorCode::Internal, "the query failed").detail(error.to_string()))
        })
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        match tokio::time::timeout(self.patience, self.running.clone().acquire_owned()).await {
            Ok(Ok(permit)) => Ok(permit),
            Ok(Err(_)) | Err(_) => Err(busy()),
        }
    }
}

fn busy() -> ApiError {
    ApiError::new(ErrorCode::Busy, "too many queries are running")
        .help("try again in a moment, or ask for a shorter range")
}

fn unavailable() -> ApiError {
    ApiError::new(ErrorCode::Unavailable, "the server is stopping")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::sync_channel;

    fn workers(running: usize) -> (watch::Sender<bool>, Workers) {
        let (stop, stopping) = watch::channel(false);
        (stop, Workers::with_limits(running, Duration::from_millis(20), stopping))
    }

    fn wait_for_cancel(cancel: &Cancel) {
        let deadline = std::time::Instant::now() + Duration::from_secs(10);
        while !cancel.is_cancelled() {
            assert!(std::time::Instant::now() < deadline, "the query was never cancelled");
            std::thread::yield_now();
        }
    }

    #[tokio::test]
    async fn dropping_the_request_cancels_the_query() {
        let (_stop, workers) = workers(1);
        let (started, is_started) = sync_channel(1);
        let (ended, has_ended) = sync_channel(1);
        let request = tokio::spawn(async move {
            let work = move |cancel: &Cancel| {
                started.send(()).unwrap();
                wait_for_cancel(cancel);
                ended.send(()).unwrap();
                Ok(())
            };
            workers.run(work).await
        });
        tokio::task::spawn_blocking(move || is_started.recv().unwrap()).await.unwrap();
        request.abort();
        tokio::task::spawn_blocking(move || has_ended.recv_timeout(Duration::from_secs(10)).unwrap())
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn a_query_that_waits_too_long_is_refused() {
        let (stop, workers) = workers(1);
        let first = {
            let workers = workers.clone();
            tokio::spawn(async move {
                workers
                    .run(|cancel| {
                        wait_for_cancel(cancel);
                        Ok(())
                    })
                    .await
            })
        };
        while workers.running.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let refused = workers.run(|_| Ok(())).await.unwrap_err();
        assert_eq!(refused.status(), axum::http::StatusCode::SERVICE_UNAVAILABLE);
        stop.send(true).unwrap();
        assert!(first.await.unwrap().is_err(), "stopping ends what runs");
        assert!(workers.run(|_| Ok(())).await.is_err(), "and takes no more");
    }

    #[tokio::test]
    async fn a_panic_is_an_error_of_that_query_alone() {
        let (_stop, workers) = workers(1);
        let failed = workers.run(|_| -> Result<(), ApiError> { panic!("no such luck") }).await.unwrap_err();
        assert_eq!(failed.status(), axum::http::StatusCode::INTERNAL_SERVER_ERROR);
        assert!(workers.run(|_| Ok(())).await.is_ok());
    }
}
