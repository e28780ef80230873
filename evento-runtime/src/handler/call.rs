//! Calling a handler: within its time, and with its panics caught. What else belongs to an attempt stands around it.

use tokio::time::{Instant, timeout_at};

use super::{Invocation, Outcome, Run};
use crate::{
    error::Error,
    panic::{caught, caught_async},
};

/// Why a call came to nothing.
#[derive(Debug)]
pub(crate) enum CallFailure {
    /// The handler's error, or that of its parameters.
    Failed(Error),
    /// The handler panicked, with this text.
    Panicked(String),
    /// The time was over.
    TimedOut,
}

/// Calls a handler that is pure.
pub(crate) fn call_sync(run: Run, invocation: Invocation<'_>) -> Result<Outcome, CallFailure> {
    let Run::Sync(run) = run else { return Err(not_called_so()) };
    caught(|| run(invocation)).map_err(CallFailure::Panicked)?.map_err(CallFailure::Failed)
}

/// Calls a handler, with no interceptor around it, and waits for it until the deadline.
pub(crate) async fn call_alone(
    run: Run,
    invocation: Invocation<'_>,
    deadline: Instant,
) -> Result<Outcome, CallFailure> {
    let Run::Async(run) = run else { return Err(not_called_so()) };
    let future = caught(|| run(invocation)).map_err(CallFailure::Panicked)?.map_err(CallFailure::Failed)?;
    match timeout_at(deadline, caught_async(future)).await {
        Ok(outcome) => outcome.map_err(CallFailure::Panicked)?.map_err(CallFailure::Failed),
        Err(_elapsed) => Err(CallFailure::TimedOut),
    }
}

fn not_called_so() -> CallFailure {
    CallFailure::Failed(Error::msg("the handler is of another kind than the registry says"))
}
