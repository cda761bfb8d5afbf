//! Puts the routes together and serves them until told to stop.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::serve::ListenerExt;
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::backend::Backend;
use crate::body::BODY_LIMIT_BYTES;
use crate::config::HttpConfig;
use crate::guard::{Guard, guard};
use crate::hunts::Hunts;
use crate::route;
use crate::state::ApiState;
use crate::ui;
use crate::work::Workers;

/// How long connections may take to end after the shutdown has begun.
const GRACE: Duration = Duration::from_secs(5);

/// Serves the API and the UI until `shutdown` is done, then lets connections end for at most five seconds.
///
/// Running queries are cancelled when the shutdown begins. The configuration must have passed [`HttpConfig::check`].
pub async fn serve<B: Backend>(
    listener: TcpListener,
    backend: Arc<B>,
    config: &HttpConfig,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (stop, stopping) = watch::channel(false);
    let (router, hunts) = routes(backend, config, listener.local_addr()?, stopping.clone());
    let listener = listener.tap_io(|connection| {
        if let Err(error) = connection.set_nodelay(true) {
            tracing::debug!(%error, "cannot turn off Nagle's algorithm");
        }
    });
    let serving = axum::serve(listener, router).with_graceful_shutdown(async move {
        shutdown.await;
        hunts.stop();
        stop.send_replace(true);
    });
    tokio::select! {
        ended = serving.into_future() => ended,
        () = grace_over(stopping) => {
            tracing::warn!(seconds = GRACE.as_secs(), "some HTTP connections did not end in time and were cut");
            Ok(())
        }
    }
}

async fn grace_over(mut stopping: watch::Receiver<bool>) {
    // An error means that the sender is gone, which it is only after it has said so.
    let _ = stopping.wait_for(|&stopping| stopping).await;
    tokio::time::sleep(GRACE).await;
}

/// All routes with their checks, and the hunts that they start. `bound` is the address really bound.
pub(crate) fn routes(
    backend: Arc<dyn Backend>,
    config: &HttpConfig,
    bound: SocketAddr,
    stopping: watch::Receiver<bool>,
) -> (Router, Arc<Hunts>) {
    let state = ApiState::new(backend, Workers::new(stopping));
    let hunts = Arc::clone(state.hunts());
    let names = Arc::new(Guard::new(bound, &config.allowed_hosts));
    let mut router = Router::new();
    for (path, handlers) in route::all() {
        router = router.route(path, handlers);
    }
    let router = router
        .fallback(ui::fallback)
        .method_not_allowed_fallback(route::method_not_allowed)
        .layer(DefaultBodyLimit::max(BODY_LIMIT_BYTES))
        .layer(from_fn_with_state(names, guard))
        .with_state(state);
    (router, hunts)
}
