//! The identities around a saga. They are derived, so that what is repeated after a crash is the same again.

use uuid::Uuid;

use crate::{message::MessageId, store::SagaId};

/// The saga that an event starts, of those that are kept under this name.
pub(crate) fn saga_id(event: MessageId, sagas: &str) -> SagaId {
    SagaId(Uuid::new_v5(&event.0, sagas.as_bytes()))
}

/// From what the ids of commands are derived that a saga sends, of the seed of its component. Two sagas may react to one event
/// with commands of one name, so each one has ids of its own.
pub(crate) fn saga_seed(component: MessageId, saga: SagaId) -> MessageId {
    MessageId(Uuid::new_v5(&component.0, saga.0.as_bytes()))
}

/// The timer that a handling schedules under a key: the same when the handling is repeated, and another one for each handling.
pub(crate) fn timer_id(seed: MessageId, key: &str) -> MessageId {
    MessageId(Uuid::new_v5(&seed.0, format!("\u{1f}timer\u{1f}{key}").as_bytes()))
}
