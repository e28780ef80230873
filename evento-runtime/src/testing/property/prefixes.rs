//! Every prefix of a log.

use thiserror::Error;

use super::{
    Readers, RowDifference,
    copy::{copy, put, read},
    rows::Rows,
};
use crate::{
    bundle::StartError,
    memory::MemoryStore,
    message::Position,
    store::{StateStore, StoreError},
    testing::{Patience, SettleError},
};

/// What was found out about the prefixes of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prefixes {
    /// How many prefixes were replayed.
    pub replayed: usize,
    /// The projectors that were left out because they write tables of their own.
    pub left_out: Vec<&'static str>,
}

/// What is wrong with a prefix of a log.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PrefixError {
    /// It cannot be handled.
    #[error("the log up to {until} cannot be handled {}: {source}", if *.at_once { "at once" } else { "event by event" })]
    NotHandled {
        /// The last event of the prefix.
        until: Position,
        /// Whether by new components that find all of it there, or by those that have handled the events before the last one.
        at_once: bool,
        /// What went wrong.
        #[source]
        source: SettleError,
    },
    /// It does not lead to the same in one go as event by event.
    #[error(
        "the log up to {until}, handled at once, leads to something else than event by event (-): {}",
        .differences.iter().map(|difference| format!("\n{difference}")).collect::<String>()
    )]
    Differs {
        /// The last event of the prefix.
        until: Position,
        /// What is different.
        differences: Vec<RowDifference>,
    },
    /// The components did not start on a copy of the log.
    #[error("the components cannot be started on a copy of the log: {0}")]
    Start(#[from] StartError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Readers {
    /// See [`prefixes_replay`](super::prefixes_replay).
    pub(in crate::testing) async fn prefixes(&self, store: &dyn StateStore) -> Result<Prefixes, PrefixError> {
        let (events, views) = (read(store).await?, self.views());
        let growing = MemoryStore::new();
        let following = self.start(&growing, false).await?;
        for (index, event) in events.iter().enumerate() {
            let until = event.position;
            let not_handled = |at_once| move |source| PrefixError::NotHandled { until, at_once, source };
            put(&growing, event).await?;
            if let Some(app) = &following {
                Patience::STRICT.settle(app).await.map_err(not_handled(false))?;
            }
            let prefix = copy(&events[..=index]).await?;
            if let Some(app) = self.start(&prefix, true).await? {
                Patience::STRICT.settle(&app).await.map_err(not_handled(true))?;
            }
            let (expected, found) = (Rows::read(&views, &growing).await?, Rows::read(&views, &prefix).await?);
            let differences = expected.differences(&found, &views);
            if !differences.is_empty() {
                return Err(PrefixError::Differs { until, differences });
            }
        }
        Ok(Prefixes { replayed: events.len(), left_out: self.left_out().to_vec() })
    }
}
