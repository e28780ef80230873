//! Creating a consumer: once per version, with whatever its component sets up, in one transaction.

use thiserror::Error;

use super::ConsumerSpec;
use crate::{
    capability::{Access, Scope},
    clock,
    component::{HandlerKind, HandlerMeta},
    error::Error,
    handler::{AccessSlot, CallFailure, Incoming, MessageRef, call_alone},
    message::{MessageId, Position},
    store::StoreError,
};

/// Why a consumer could not be created.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SetupError {
    /// The `#[setup]` handler failed.
    #[error("`{handler}` failed: {error:#}")]
    Failed {
        /// Component and method.
        handler: String,
        /// Its error.
        #[source]
        error: Error,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes sure that the consumer exists, and begins where it has to.
pub(crate) async fn create(spec: &ConsumerSpec) -> Result<(), SetupError> {
    let store = &spec.environment.store;
    let Some(created) = store.create_consumer(&spec.id, spec.first_start, spec.meta.version).await? else {
        return begin_before(spec).await;
    };
    let mut access = Access::write(created.transaction, spec.views.clone());
    for handler in spec.meta.handlers.iter().filter(|handler| handler.kind == HandlerKind::Setup) {
        set_up(spec, handler, &mut access).await?;
    }
    access.into_transaction().await?.commit(created.checkpoint.into()).await?;
    begin_before(spec).await
}

/// Puts an observer or a saga that nobody has run yet to the beginning, if that was asked for. What is in the log by now counts
/// as handled before.
async fn begin_before(spec: &ConsumerSpec) -> Result<(), SetupError> {
    let Some(replay) = spec.from_beginning else { return Ok(()) };
    let store = &spec.environment.store;
    let record = store.consumer(&spec.id).await?;
    if record.is_some_and(|record| record.epoch == 0 && record.resets == 0) {
        store.reset(&spec.id, Position::START, replay).await?;
    }
    Ok(())
}

async fn set_up(spec: &ConsumerSpec, handler: &HandlerMeta, access: &mut Access) -> Result<(), SetupError> {
    let incoming = Incoming::new(MessageRef::None);
    let cause = MessageId(spec.environment.ids.next());
    let scope = Scope::new(spec.bus.clone(), spec.seed(cause), cause, cause);
    let mut invocation = spec.invocation(&incoming, Some(&scope));
    invocation.access = AccessSlot::Exclusive(access);
    let called = call_alone(handler.run, invocation, clock::deadline(spec.options.transaction_time)).await;
    called.map(drop).map_err(|failure| SetupError::Failed {
        handler: format!("{}::{}", spec.meta.name, handler.name),
        error: match failure {
            CallFailure::Failed(error) => error,
            CallFailure::Panicked(text) => Error::msg(format!("it panicked: {text}")),
            CallFailure::TimedOut => {
                Error::msg(format!("it took longer than {:?}", spec.options.transaction_time))
            }
        },
    })
}
