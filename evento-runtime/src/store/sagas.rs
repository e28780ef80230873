//! Saga states, found by the values of their associations.

use std::{borrow::Cow, fmt};

use async_trait::async_trait;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::StoreError;
use crate::message::{Position, Timestamp};

/// The identity of one saga instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SagaId(pub Uuid);

impl fmt::Display for SagaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

/// One live saga.
#[derive(Clone, Debug)]
pub struct SagaRecord {
    /// The stored name of the saga.
    pub saga: Cow<'static, str>,
    /// Which one.
    pub id: SagaId,
    /// The version of the code that wrote the state.
    pub code_version: u32,
    /// The state as JSON.
    pub state: Box<RawValue>,
    /// The fields by which events find it, with their values as text.
    pub associations: Vec<(Cow<'static, str>, String)>,
    /// When it began.
    pub started_at: Timestamp,
    /// The last event that changed it.
    pub last_event: Position,
}

/// Finds saga states. They are written through [`ConsumerTransaction`](super::ConsumerTransaction).
#[async_trait]
pub trait SagaStore: Send + Sync + 'static {
    /// All live sagas of a name with that value of an association, in the order of their ids.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn find_sagas(&self, saga: &str, association: &str, value: &str) -> Result<Vec<SagaRecord>, StoreError>;

    /// All live sagas of a name behind an id, in the order of their ids.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn list_sagas(
        &self,
        saga: &str,
        after: Option<SagaId>,
        limit: usize,
    ) -> Result<Vec<SagaRecord>, StoreError>;
}
