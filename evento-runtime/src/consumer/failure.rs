//! What a failed attempt leads to: another attempt, or putting the event aside.

use std::time::Duration;

use super::life::StateError;
use crate::{
    component::Retry,
    error::{self, Error},
    handler::CallFailure,
    outcome::{LoadError, is_transient},
    payload::DecodeError,
    store::StoreError,
};

/// Why a consumer stops what it is doing.
#[derive(Debug)]
pub(super) enum Interruption {
    /// The application shuts down. Whatever was interrupted is as if it had not begun.
    Shutdown,
    /// Somebody else has taken the consumer.
    Fenced,
    /// The lease is over.
    LeaseOver,
    /// The consumer is to be given back, or to pause. Whatever was interrupted is as if it had not begun.
    Asked,
    /// The log is older than what was seen of it.
    LogWentBack(Error),
    /// The store, or the log in it, does not do what it should.
    Failed(Error),
    /// The store does not give what it has, or not everything was handled.
    Unsound(Error),
    /// So many keys have failed that the consumer is to pause.
    TooManyKeys(Error),
}

impl From<StoreError> for Interruption {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Fenced { .. } => Self::Fenced,
            StoreError::LogWentBack { .. } => Self::LogWentBack(error.into()),
            error => Self::Failed(error.into()),
        }
    }
}

/// Whether a transaction that cannot be committed, or something that cannot be written in it, is the fault of what was done,
/// such as a constraint of the user's own that is checked at the end, or a text that the store has no room for.
pub(super) fn is_fault_of_events(error: &StoreError) -> bool {
    !error.is_transient() && !matches!(error, StoreError::Fenced { .. } | StoreError::LogWentBack { .. })
}

/// A failed attempt at an event.
pub(super) struct Failure {
    pub(super) error: Error,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// The store cannot be reached, which is nobody's fault and no event's.
    Unavailable,
    /// The handler needs an event that newer code has written. A newer program goes on; this one must not put aside what it
    /// cannot judge.
    Newer,
    /// It may pass by itself.
    Transient,
    /// The handler said no; perhaps not the next time.
    Handler,
    /// It would fail in the same way for ever.
    Permanent,
}

impl From<CallFailure> for Failure {
    fn from(failure: CallFailure) -> Self {
        match failure {
            CallFailure::Failed(error) => error.into(),
            CallFailure::Panicked(text) => {
                Self { error: Error::msg(format!("the handler panicked: {text}")), kind: Kind::Permanent }
            }
            CallFailure::TimedOut => {
                Self { error: Error::msg("the handler took longer than it may"), kind: Kind::Handler }
            }
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let kind = if needs_a_newer_build(&error) {
            Kind::Newer
        } else if is_undecodable(&error) {
            Kind::Permanent
        } else if error::find::<StoreError>(&error).is_some_and(StoreError::is_transient) {
            Kind::Unavailable
        } else if is_transient(&error) {
            Kind::Transient
        } else {
            Kind::Handler
        };
        Self { error, kind }
    }
}

fn is_undecodable(error: &Error) -> bool {
    error.chain().any(|cause| cause.is::<DecodeError>() || cause.is::<StateError>())
}

/// Whether what failed is there, in a version that this program does not know: as the answer to a command, or in the stream of an
/// aggregate.
fn needs_a_newer_build(error: &Error) -> bool {
    error::find::<DecodeError>(error).is_some_and(DecodeError::is_newer)
        || matches!(error::find::<LoadError>(error), Some(LoadError::NewerEvent { .. }))
}

/// What to do after an attempt failed.
pub(super) enum Next {
    /// Try again after this time.
    Again(Duration),
    /// Put the event aside.
    Park,
}

/// How often a failure that may pass is tried again at least: with the waits between, for about a quarter of an hour.
const TRANSIENT_ATTEMPTS: u32 = 40;

impl Failure {
    /// One that would come in the same way for ever.
    pub(super) fn permanent(error: Error) -> Self {
        Self { error, kind: Kind::Permanent }
    }

    /// Whether it failed because the store cannot be reached.
    pub(super) fn is_unavailable(&self) -> bool {
        self.kind == Kind::Unavailable
    }

    /// Whether a newer program may succeed.
    pub(super) fn is_newer(&self) -> bool {
        self.kind == Kind::Newer
    }

    /// Whether something cannot be decoded.
    pub(super) fn is_undecodable(&self) -> bool {
        is_undecodable(&self.error)
    }

    /// What to do after the attempt of this number, from 0, failed, when no wait may be longer than `longest`.
    pub(super) fn next(&self, attempt: u32, retry: Retry, longest: Duration) -> Next {
        match self.kind {
            Kind::Permanent => Next::Park,
            Kind::Handler if attempt >= retry.times => Next::Park,
            Kind::Transient if attempt >= retry.times.max(TRANSIENT_ATTEMPTS) => Next::Park,
            Kind::Handler | Kind::Transient | Kind::Unavailable | Kind::Newer => {
                Next::Again(wait(Duration::from_millis(retry.delay_ms.into()), attempt, longest))
            }
        }
    }
}

/// The wait after the attempt of this number, from 0: doubled each time, bounded, and spread by half so that many that failed
/// together do not come back together ("equal jitter":
/// <https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>).
pub(super) fn wait(first: Duration, attempt: u32, longest: Duration) -> Duration {
    let full = first.saturating_mul(2_u32.saturating_pow(attempt)).min(longest);
    full.mul_f64(0.5 + fastrand::f64() / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_within_their_bound() {
        for (attempt, full) in [(0, 100), (1, 200), (3, 800), (100, 30_000)] {
            let wait = wait(Duration::from_millis(100), attempt, Duration::from_secs(30)).as_millis();
            assert!((full / 2..=full).contains(&wait), "attempt {attempt} waits {wait} ms");
        }
    }
}
