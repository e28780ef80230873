//! The dead events of a running application: look at them, replay them, discard them.

mod asking;
mod described;
mod error;

use std::time::Duration;

use tokio::time::Instant;

pub use self::{
    described::{DeadEventId, DeadMessage, Discard, DiscardedEvent, ParkedEvent, Replay},
    error::DeadEventError,
};
use super::{App, ConsumerName};
use crate::{
    clock,
    consumer::{Answer, Asked, ReplayCause, ReplayFailure},
    message::Position,
    store::{ConsumerId, DeadEvent, DeadEventPlace, RequestKind},
};

/// How many are read to find those of one position.
const MOST_AT_ONCE: usize = 1_000;

/// The dead events of all consumers of a bundle. Made by [`App::dead_events`].
pub struct DeadEvents<'a> {
    app: &'a App,
}

/// The dead events of one consumer, or those of one key. Made by [`DeadEvents::of`].
pub struct DeadEventsOf<'a> {
    app: &'a App,
    consumer: ConsumerName,
    key: Option<String>,
}

impl App {
    /// The events, and the deadlines of sagas, that the consumers of this bundle have put aside.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use evento_runtime::bundle::{App, DeadEventError, Replay};
    /// # async fn cure(app: &App) -> Result<(), DeadEventError> {
    /// for dead in app.dead_events().list(None, 100).await? {
    ///     println!("{} {} {:?}", dead.id.consumer, dead.id.position, dead.error);
    /// }
    /// match app.dead_events().of("Accounts").replay(Duration::from_secs(30)).await? {
    ///     Replay::Done { replayed } => println!("{replayed} events are handled"),
    ///     other => println!("{other:?}"),
    /// }
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn dead_events(&self) -> DeadEvents<'_> {
        DeadEvents { app: self }
    }
}

impl<'a> DeadEvents<'a> {
    /// Those of one consumer.
    #[must_use]
    pub fn of(self, consumer: impl Into<ConsumerName>) -> DeadEventsOf<'a> {
        DeadEventsOf { app: self.app, consumer: consumer.into(), key: None }
    }

    /// A page behind one of them, by consumer, and in the order of their positions.
    ///
    /// # Errors
    /// Whatever the store says.
    pub async fn list(
        &self,
        after: Option<&DeadEventId>,
        limit: usize,
    ) -> Result<Vec<ParkedEvent>, DeadEventError> {
        let mut consumers: Vec<_> = self.app.consumer_ids().cloned().collect();
        consumers.sort_unstable();
        let mut page = Vec::new();
        for consumer in consumers {
            if page.len() >= limit || after.is_some_and(|after| consumer < after.consumer) {
                continue;
            }
            let after = after.filter(|after| after.consumer == consumer).map(DeadEventId::place);
            page.extend(self.app.parked(&consumer, None, after.as_ref(), limit - page.len()).await?);
        }
        Ok(page)
    }
}

impl DeadEventsOf<'_> {
    /// Those of one key only.
    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// A page behind one of them, in the order of their positions.
    ///
    /// # Errors
    /// [`DeadEventError::Consumer`] when it is not clear which consumer is meant, otherwise whatever the store says.
    pub async fn list(
        &self,
        after: Option<&DeadEventId>,
        limit: usize,
    ) -> Result<Vec<ParkedEvent>, DeadEventError> {
        let consumer = self.app.named(&self.consumer)?;
        let after = after.map(DeadEventId::place);
        self.app.parked(&consumer, self.key.as_deref(), after.as_ref(), limit).await
    }

    /// One of them.
    ///
    /// # Errors
    /// [`DeadEventError::NotParked`] when the consumer has not put it aside, [`DeadEventError::SeveralKeys`] when it was put aside
    /// more than once and no key is named.
    pub async fn inspect(&self, position: Position) -> Result<ParkedEvent, DeadEventError> {
        let consumer = self.app.named(&self.consumer)?;
        let dead = self.at(&consumer, position).await?;
        self.app.describe_dead(dead).await
    }

    /// Has them handled again in their order: all, or those of the key. Whoever runs the consumer does it, in this process or
    /// another; this waits for what comes of it, but not longer than `within`.
    ///
    /// Each one is handled once, whatever its handler's `retry` says, and taken off the list in the transaction that holds what
    /// the handler did; the commands of an observer or a saga that were sent before are known to the ledger. One that fails again stays,
    /// and so do later ones of its key. When the last one of a key is done, the key is open, and later events of it are
    /// handled as they come.
    ///
    /// # Errors
    /// [`DeadEventError::Busy`] when a replay or discard of this consumer is asked for already, [`DeadEventError::UnknownKey`] when
    /// nothing is put aside under the key, [`DeadEventError::Consumer`] when it is not clear which consumer is meant.
    pub async fn replay(&self, within: Duration) -> Result<Replay, DeadEventError> {
        let deadline = clock::deadline(within);
        let consumer = self.app.named(&self.consumer)?;
        let asked = match &self.key {
            Some(key) => {
                let found = self.app.find(&consumer, Some(key), None, 1).await?;
                if found.is_empty() {
                    let similar = self.app.similar_key(&consumer, key).await?;
                    return Err(DeadEventError::UnknownKey { consumer, key: key.clone(), similar });
                }
                Asked::Key { key: key.clone() }
            }
            None => Asked::All,
        };
        self.replay_asked(consumer, &asked, deadline).await
    }

    /// Has one of them handled again, which must be the first of its key; see [`replay`](Self::replay).
    ///
    /// # Errors
    /// [`DeadEventError::NotFirst`] when an earlier one of the same key is there, and those of [`inspect`](Self::inspect) and
    /// [`replay`](Self::replay).
    pub async fn replay_one(&self, position: Position, within: Duration) -> Result<Replay, DeadEventError> {
        let deadline = clock::deadline(within);
        let consumer = self.app.named(&self.consumer)?;
        let DeadEvent { key, .. } = self.at(&consumer, position).await?;
        let first = self.app.find(&consumer, Some(&key), None, 1).await?;
        if let Some(first) = first.first().filter(|first| first.position < position) {
            return Err(DeadEventError::NotFirst { position, first: first.position });
        }
        self.replay_asked(consumer, &Asked::One { position, key }, deadline).await
    }

    /// Has one of them done without: it is taken off the list and never handled. With a deadline, its timer goes too. Whoever runs
    /// the consumer does it. The reason is kept: see [`discarded`](Self::discarded).
    ///
    /// Later ones of the key stay where they are until they are replayed; with the last one, the key is open.
    ///
    /// # Errors
    /// Those of [`inspect`](Self::inspect), and [`DeadEventError::Busy`].
    pub async fn discard(
        &self,
        position: Position,
        reason: impl Into<String> + Send,
        within: Duration,
    ) -> Result<Discard, DeadEventError> {
        let deadline = clock::deadline(within);
        let reason = reason.into();
        let consumer = self.app.named(&self.consumer)?;
        let DeadEvent { key, .. } = self.at(&consumer, position).await?;
        let asked = Asked::Discard { position, key, reason };
        match self.app.ask(&consumer, RequestKind::Discard, &asked, deadline).await? {
            None => Ok(Discard::Asked),
            Some(answer) => match answer.failures.into_iter().next() {
                None => Ok(Discard::Done),
                Some(failure) => Err(self.refused(consumer, failure).await),
            },
        }
    }

    /// What was discarded, the last first.
    ///
    /// # Errors
    /// [`DeadEventError::Consumer`] when it is not clear which consumer is meant, otherwise whatever the store says.
    pub async fn discarded(&self, limit: usize) -> Result<Vec<DiscardedEvent>, DeadEventError> {
        let consumer = self.app.named(&self.consumer)?;
        let store = &self.app.environment.store;
        let requests = store.answered_requests(&consumer, RequestKind::Discard, limit).await?;
        Ok(requests.into_iter().filter_map(DiscardedEvent::of).collect())
    }

    async fn replay_asked(
        &self,
        consumer: ConsumerId,
        asked: &Asked,
        deadline: Instant,
    ) -> Result<Replay, DeadEventError> {
        let Some(answer) = self.app.ask(&consumer, RequestKind::Replay, asked, deadline).await? else {
            return Ok(Replay::Asked);
        };
        let Answer { done: replayed, mut failures, .. } = answer;
        match failures.iter().position(|failure| is_refusal(failure.cause)) {
            Some(refused) => Err(self.refused(consumer, failures.swap_remove(refused)).await),
            None if failures.is_empty() => Ok(Replay::Done { replayed }),
            None => Ok(Replay::Failed { replayed, failures }),
        }
    }

    /// Why nothing was tried.
    async fn refused(&self, consumer: ConsumerId, failure: ReplayFailure) -> DeadEventError {
        let ReplayFailure { position, key, cause, error } = failure;
        match cause {
            ReplayCause::NotUnderstood => DeadEventError::NotUnderstood { consumer, error },
            ReplayCause::NotFirst => match self.app.find(&consumer, Some(&key), None, 1).await {
                Ok(found) => {
                    let first = found.first().map_or(position, |first| first.position);
                    DeadEventError::NotFirst { position, first }
                }
                Err(error) => error.into(),
            },
            _ => DeadEventError::NotParked { consumer, position, next: None },
        }
    }

    /// The dead event of a position.
    async fn at(&self, consumer: &ConsumerId, position: Position) -> Result<DeadEvent, DeadEventError> {
        let before = position.0.checked_sub(1).map(Position);
        let mut found = match (before, &self.key) {
            (None, _) => self.app.find(consumer, self.key.as_deref(), None, MOST_AT_ONCE).await?,
            (Some(before), None) => {
                self.app.environment.store.dead_events(consumer, before, MOST_AT_ONCE).await?
            }
            (Some(before), Some(key)) => {
                let after = DeadEventPlace { position: before, key: String::new() };
                self.app.find(consumer, Some(key), Some(&after), 1).await?
            }
        };
        let next = found.iter().map(|dead| dead.position).find(|next| *next > position);
        found.retain(|dead| dead.position == position);
        match found.len() {
            0 => Err(DeadEventError::NotParked { consumer: consumer.clone(), position, next }),
            1 => Ok(found.remove(0)),
            _ => {
                let keys = found.into_iter().map(|dead| dead.key).collect();
                Err(DeadEventError::SeveralKeys { position, keys })
            }
        }
    }
}

/// Whether it means that nothing was tried.
fn is_refusal(cause: ReplayCause) -> bool {
    matches!(cause, ReplayCause::NotFirst | ReplayCause::Gone | ReplayCause::NotUnderstood)
}
