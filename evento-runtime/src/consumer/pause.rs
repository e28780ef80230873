//! A consumer that stays where it is: because somebody has paused it, or because it has paused itself.

use tokio::time::timeout;

use super::{ConsumerState, ConsumerTask, failure::Interruption};
use crate::{
    error::Error,
    store::{Claim, LogMark, StoreError},
};

impl ConsumerTask {
    /// Stays where it is until it may go on. Meanwhile it does what is asked of its dead events.
    pub(super) async fn pause(&mut self, claim: &Claim, place: LogMark) -> Result<(), Interruption> {
        if place.position > self.saved_position() {
            let moving = self.open(claim).await?;
            self.commit(moving, place).await?;
        }
        tracing::info!(consumer = %self.spec.id, position = %place.position, "the consumer pauses");
        if let Some(reason) = self.saved.as_ref().and_then(|saved| saved.pause_reason.clone()) {
            self.round_failed(ConsumerState::Paused, &Error::msg(reason));
        }
        self.tell(|progress| (progress.state, progress.position) = (ConsumerState::Paused, place.position));
        while !self.stopping() && self.tenant.is_paused() {
            if self.serve(claim, place).await? {
                continue;
            }
            let resumed = self.tenant.resumed();
            tokio::select! {
                () = resumed => {}
                _ = self.shutdown.changed() => {}
            }
        }
        if self.stopping() {
            return Err(Interruption::Asked);
        }
        tracing::info!(consumer = %self.spec.id, "the consumer goes on");
        self.recent_keys.clear();
        if let Some(saved) = &mut self.saved {
            saved.pause_reason = None;
        }
        self.round_succeeded();
        self.catching_up();
        Ok(())
    }

    /// Pauses until somebody lets it go on, over restarts and whoever runs it.
    pub(super) async fn pause_itself(&mut self, error: &Error) -> Result<(), StoreError> {
        let store = self.spec.environment.store.clone();
        store.pause_because(&self.spec.id, &format!("{error:#}")).await?;
        tracing::error!(consumer = %self.spec.id, error = %format_args!("{error:#}"), "the consumer pauses itself");
        self.round_failed(ConsumerState::Paused, error);
        self.tenant.look();
        let seen = self.tenant.asked();
        // Whoever keeps the leases tells it soon; otherwise it comes here again.
        let _ = timeout(self.spec.options.lease, async {
            tokio::select! {
                () = seen => {}
                _ = self.shutdown.changed() => {}
            }
        })
        .await;
        Ok(())
    }
}
