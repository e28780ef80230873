//! Hearing of heads that other processes move, and of consumers that they give back. A hint: what is missed here is found by
//! polling.

use std::{sync::Arc, time::Duration};

use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::{runtime::Handle, sync::watch, task::AbortHandle, time::sleep};

use super::{Inner, leases::LEASES, place::Place};
use crate::{message::Position, store::advance};

/// How long to wait until a lost connection is tried again, at first and later.
const SHORTEST_DELAY: Duration = Duration::from_millis(100);
const LONGEST_DELAY: Duration = Duration::from_secs(30);

/// A task that listens, as long as this is there.
pub(super) struct Listening(AbortHandle);

impl Inner {
    /// Makes sure that somebody listens, from the first time on that somebody wants to hear.
    pub(super) fn listen(&self) {
        let Some(channel) = self.place.channel.as_deref() else { return };
        // Outside of a runtime nobody could listen, and nobody waits.
        if let Ok(runtime) = Handle::try_current()
            && !self.place.is_closed()
        {
            self.listening.get_or_init(|| {
                let (place, channel) = (Arc::clone(&self.place), channel.to_owned());
                let listening = listen(place, channel, self.head.clone(), self.leases.clone());
                Listening(runtime.spawn(listening).abort_handle())
            });
        }
    }
}

impl Listening {
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
    place: Arc<Place>,
    channel: String,
    head: watch::Sender<Position>,
    leases: watch::Sender<u64>,
) {
    let options = PgPoolOptions::new().max_connections(1).acquire_timeout(place.patience);
    let pool = options.connect_lazy_with(place.options.clone());
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
                    // Whoever appended tells readers in this process itself, and hands them the events. This may come sooner.
                    _ if place.appends_by(told.process_id()) => {}
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
