//! Event sourcing: the state of an aggregate as the sum of its events.

use crate::{
    handler::{CallFailure, Incoming, Instance, Invocation, MessageRef, Outcome, StateAccess, call_sync},
    message::EventMessage,
    outcome::LoadError,
    payload::DecodeError,
    registry::{AggregateType, near},
};

/// The state of an aggregate at a version.
#[derive(Default)]
pub(crate) struct Loaded {
    /// The version of the last event that is in it; 0 for an aggregate that does not exist.
    pub(crate) version: u64,
    /// The state; none before and after a life.
    pub(crate) state: Option<Instance>,
    /// Whether the life ended.
    pub(crate) closed: bool,
    /// About how many bytes it takes: those of the last snapshot and of the events since.
    pub(crate) bytes: usize,
}

/// Applies the next event of a stream to the state. After an error, the state must not be used any more.
pub(crate) fn apply(
    aggregate: &AggregateType,
    loaded: &mut Loaded,
    event: &EventMessage,
) -> Result<(), LoadError> {
    let name = || event.name.clone().into_owned();
    if event.version != loaded.version + 1 {
        return Err(LoadError::NotWhole { expected: loaded.version + 1, found: event.version });
    }
    let Some((payload, handlers)) = aggregate.sourcing.get(&*event.name) else {
        let similar = near(&event.name, aggregate.sourcing.keys().copied());
        return Err(LoadError::UnknownEvent { name: name(), similar });
    };
    if event.payload_version > payload.version {
        return Err(LoadError::NewerEvent {
            name: name(),
            found: event.payload_version,
            known: payload.version,
        });
    }
    let misfit = |reason: &str| LoadError::DoesNotFit { name: name(), reason: reason.to_owned() };
    let handler = match (&loaded.state, loaded.closed) {
        (_, true) => return Err(misfit("the life has ended")),
        (None, false) => {
            handlers.starting.ok_or_else(|| misfit("no life has begun, and it does not start one"))?
        }
        (Some(_), false) => {
            handlers.living.ok_or_else(|| misfit("the life has begun, and it only starts one"))?
        }
    };
    let incoming = Incoming::new(MessageRef::Sourced(event));
    let mut invocation = Invocation::new(&incoming, None);
    invocation.state = StateAccess::Slot(&mut loaded.state);
    match call_sync(handler.run, invocation) {
        Ok(Outcome::State(state)) => loaded.state = Some(state),
        Ok(Outcome::Ended) => {
            loaded.state = None;
            loaded.closed = true;
        }
        Ok(_) => {}
        Err(CallFailure::Panicked(message)) => {
            let handler = format!("{}::{}", aggregate.meta.name, handler.name);
            return Err(LoadError::Panicked { handler, message });
        }
        Err(CallFailure::Failed(error)) => {
            return Err(match error.downcast::<DecodeError>() {
                Ok(undecodable) => LoadError::Undecodable(undecodable),
                Err(error) => misfit(&format!("{error:#}")),
            });
        }
        Err(CallFailure::TimedOut) => return Err(misfit("a pure handler has no time limit")),
    }
    loaded.version = event.version;
    loaded.bytes += event.payload.get().len();
    Ok(())
}
