//! Deciding: to which handler a command goes is said by the life of the aggregate.

use super::sourcing::Loaded;
use crate::{
    component::HandlerMeta,
    handler::{CallFailure, Incoming, Invocation, MessageRef, NewEvents, Outcome, StateAccess},
    message::{CommandMessage, EventMessage, StreamId},
    outcome::{LoadError, Refusal, Rejection, SendError},
    payload::DecodeError,
    registry::{AggregateType, Lives},
};

/// Lets the handler that fits the life cycle decide a command, which comes with its stored name. How the handler is called, says
/// `call`.
pub(crate) fn decide(
    aggregate: &AggregateType,
    stream: &StreamId,
    handlers: Lives,
    (command, message): (&'static str, &CommandMessage),
    loaded: &Loaded,
    call: impl FnOnce(&'static HandlerMeta, Invocation<'_>) -> Result<Outcome, CallFailure>,
) -> Result<NewEvents, SendError> {
    let (handler, state) = match &loaded.state {
        _ if loaded.closed => return Err(SendError::Deleted { command, stream: stream.clone() }),
        None => {
            let missing = || SendError::NotFound { command, stream: stream.clone() };
            (handlers.starting.ok_or_else(missing)?, StateAccess::None)
        }
        Some(state) => {
            let exists = || SendError::AlreadyExists { command, stream: stream.clone() };
            (handlers.living.ok_or_else(exists)?, StateAccess::Shared(&**state))
        }
    };
    let incoming = Incoming::new(MessageRef::Command(message));
    let mut invocation = Invocation::new(&incoming, None);
    invocation.state = state;
    match call(handler, invocation) {
        Ok(Outcome::Events(events)) => Ok(events),
        Ok(_) => Ok(NewEvents::default()),
        Err(CallFailure::Panicked(message)) => Err(SendError::Panicked {
            handler: format!("{}::{}", aggregate.meta.name, handler.name),
            message,
        }),
        Err(CallFailure::Failed(error)) => Err(match error.downcast::<DecodeError>() {
            Ok(undecodable) => SendError::Undecodable(undecodable),
            Err(error) => SendError::Rejected(Rejection::new(command, error)),
        }),
        Err(CallFailure::TimedOut) => Err(SendError::Refused { command, refusal: Refusal::DeadlinePassed }),
    }
}

/// The answer to a command whose event the aggregate cannot apply.
pub(crate) fn cannot_apply(stream: &StreamId, event: &EventMessage, error: LoadError) -> SendError {
    match error {
        LoadError::Panicked { handler, message } => SendError::Panicked { handler, message },
        error => SendError::CannotApply {
            stream: stream.clone(),
            event: event.name.clone().into_owned(),
            version: event.version,
            source: error,
        },
    }
}
