//! Hearing of heads that other processes move, and of consumers that they give back. A hint: what is missed here is found by
//! polling.

use std::{sync::Arc, time::Duration};

use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use tokio::{
    sync::watch,
    task::{AbortHandle, spawn},
    time::sleep,
};

use super::{leases::LEASES, place::Place};
use crate::{message::Position, store::advance};

/// How long to wait until a lost connection is tried again, at first and later.
const SHORTEST_DELAY: Duration = Duration::from_millis(100);
const LONGEST_DELAY: Duration = Duration::from_secs(30);

/// A task that listens, as long as this is there.
pub(super) struct Listening(AbortHandle);

impl Listening {
    pub(super) fn start(
        place: &Arc<Place>,
        channel: &str,
        head: &watch::Sender<Position>,
        leases: &watch::Sender<u64>,
    ) -> Self {
        let (options, channel) = (place.options.clone(), channel.to_owned());
        let listening = listen(options, place.patience, channel, head.clone(), leases.clone());
        Self(spawn(listening).abort_handle())
    }

    pub(super) fn stop(&self) {
        self.0.abort();
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn listen(
    options: PgConnectOptions,
    patience: Duration,
    channel: String,
    head: watch::Sender<Position>,
    leases: watch::Sender<u64>,
) {
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(patience).connect_lazy_with(options);
    let mut delay = SHORTEST_DELAY;
    loop {
        let lost = async {
            let mut listener = PgListener::connect_with(&pool).await?;
            listener.eager_reconnect(false);
            listener.listen(&channel).await?;
            // Others may have moved it while nobody listened; whoever polls finds out.
            delay = SHORTEST_DELAY;
            while let Some(told) = listener.try_recv().await? {
                match told.payload() {
                    LEASES => leases.send_modify(|count| *count += 1),
                    told => drop(told.parse().map(|position| advance(&head, Position(position)))),
                }
            }
            Ok::<_, sqlx::Error>(())
        };
        if let Err(error) = lost.await {
            tracing::debug!(%error, "not listening for other processes; polling finds what they append");
        }
        // Not all processes at once after a restart of the server.
        sleep(delay.mul_f64(0.5 + fastrand::f64())).await;
        delay = LONGEST_DELAY.min(delay * 2);
    }
}
