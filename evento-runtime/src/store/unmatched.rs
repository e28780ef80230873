//! Unmatched events: those for a saga that does not exist, kept for inspection where the saga is strict.

use std::borrow::Cow;

use async_trait::async_trait;

use super::StoreError;
use crate::message::{Position, Timestamp};

/// An event whose association found no saga, and which does not start one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnmatchedEvent {
    /// The name under which the sagas are kept that it should have found.
    pub saga: Cow<'static, str>,
    /// Which event.
    pub position: Position,
    /// The stored name of its payload.
    pub event: Cow<'static, str>,
    /// The association by which a saga was looked for.
    pub association: Cow<'static, str>,
    /// Its value in the event, as text.
    pub value: String,
    /// When nobody was found.
    pub at: Timestamp,
}

/// Lists unmatched events. They are written through [`ConsumerTransaction`](super::ConsumerTransaction).
#[async_trait]
pub trait UnmatchedEventStore: Send + Sync + 'static {
    /// The unmatched events of a saga's name behind a position, in their order.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn unmatched_events(
        &self,
        saga: &str,
        after: Position,
        limit: usize,
    ) -> Result<Vec<UnmatchedEvent>, StoreError>;

    /// Takes an event off the list, once somebody has seen to it. Returns whether it was there.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn dismiss_unmatched(&self, saga: &str, position: Position) -> Result<bool, StoreError>;
}
