//! Saga states, found by the values of their associations.

use std::{borrow::Cow, fmt};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::StoreError;
use crate::message::{Position, Timestamp};

/// The identity of one saga instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
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

/// How many sagas of a name live whose state was written by one version of the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SagaCount {
    /// The stored name of the saga.
    pub saga: String,
    /// The version of the code.
    pub code_version: u32,
    /// How many of them live.
    pub live: u64,
}

/// Finds saga states. They are written through [`ConsumerTransaction`](super::ConsumerTransaction).
#[async_trait]
pub trait SagaStore: Send + Sync + 'static {
    /// All live sagas of a name with that value of an association, in the order of their ids.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn find_sagas(
        &self,
        saga: &str,
        association: &str,
        value: &str,
    ) -> Result<Vec<SagaRecord>, StoreError>;

    /// The live saga of an id.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn load_saga(&self, saga: &str, id: SagaId) -> Result<Option<SagaRecord>, StoreError>;

    /// How many sagas live, by name and by the version of the code that wrote their states.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn count_sagas(&self) -> Result<Vec<SagaCount>, StoreError>;

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
