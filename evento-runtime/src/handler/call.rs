//! Calling a handler: within its time, and with its panics caught.

use std::{
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    task::Poll,
};

use tokio::time::{Instant, timeout_at};

use super::{Invocation, Outcome, Run};
use crate::error::{Error, panic_message};

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
    // A panic leaves nothing behind that is used again: the state in the call is dropped by whoever asked for it.
    match catch_unwind(AssertUnwindSafe(|| run(invocation))) {
        Ok(outcome) => outcome.map_err(CallFailure::Failed),
        Err(panic) => Err(CallFailure::Panicked(panic_message(&*panic))),
    }
}

/// Calls a handler and waits for it until the deadline.
pub(crate) async fn call_async(
    run: Run,
    invocation: Invocation<'_>,
    deadline: Instant,
) -> Result<Outcome, CallFailure> {
    let Run::Async(run) = run else { return Err(not_called_so()) };
    let mut future = match catch_unwind(AssertUnwindSafe(|| run(invocation))) {
        Ok(started) => started.map_err(CallFailure::Failed)?,
        Err(panic) => return Err(CallFailure::Panicked(panic_message(&*panic))),
    };
    let guarded = poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(outcome)) => Poll::Ready(outcome.map_err(CallFailure::Failed)),
        Err(panic) => Poll::Ready(Err(CallFailure::Panicked(panic_message(&*panic)))),
    });
    timeout_at(deadline, guarded).await.unwrap_or(Err(CallFailure::TimedOut))
}

fn not_called_so() -> CallFailure {
    CallFailure::Failed(Error::msg("the handler is of another kind than the registry says"))
}
