//! Calls of a store, each of which must end.

use std::{future::Future, time::Duration};

use tokio::time::timeout;

/// Longer than a store waits for anything: a server that does not answer, a lock, an outcome to be found out. A process
/// that is stopped for a while sees its own clock jump, so that comes on top.
const PATIENCE: Duration = Duration::from_secs(90);

/// Waits for a call, with a bound. `None` when it does not end.
pub(crate) async fn bounded<T>(call: impl Future<Output = T>) -> Option<T> {
    timeout(PATIENCE, call).await.ok()
}
