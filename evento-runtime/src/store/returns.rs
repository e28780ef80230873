//! Returns of the log to an older copy: who must be told of them.
//!
//! Whoever decided on what the log had before must not append to the one that came instead, and caches must be dropped. So
//! everybody is refused who was waiting when it was found out, and then everybody else until somebody has got the answer: the
//! one who was to be told first may have gone away, because the server was, too.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::AppendError;
use crate::message::Position;

/// The returns that a process has found.
#[derive(Debug, Default)]
pub(crate) struct Returns(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    /// How many there were.
    found: u64,
    /// Of how many of them somebody was told.
    heard: u64,
    /// What was seen before the last one, and found after it.
    last: (Position, Position),
}

impl Returns {
    /// How many have been found so far, for somebody who begins to wait.
    pub(crate) fn count(&self) -> u64 {
        self.known().found
    }

    /// Takes the answer of somebody into account who has waited since there were so many.
    pub(crate) fn note(&self, since: u64, answer: &AppendError) {
        let mut known = self.known();
        // The answers of those who waited together are one return.
        if let AppendError::LogWentBack { seen, found } = answer
            && since == known.found
        {
            known.found += 1;
            known.last = (*seen, *found);
        }
    }

    /// Why somebody must not append who has waited since there were so many.
    pub(crate) fn refusal(&self, since: u64) -> Option<AppendError> {
        let known = self.known();
        let (seen, found) = known.last;
        let refused = since < known.found || known.heard < known.found;
        refused.then_some(AppendError::LogWentBack { seen, found })
    }

    /// Somebody has got an answer.
    pub(crate) fn hear(&self, answer: &AppendError) {
        if let AppendError::LogWentBack { .. } = answer {
            let mut known = self.known();
            known.heard = known.found;
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // It is whole between any two statements that hold the lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WENT_BACK: AppendError = AppendError::LogWentBack { seen: Position(3), found: Position(1) };

    #[test]
    fn everybody_is_refused_until_somebody_has_heard() {
        let returns = Returns::default();
        let first = returns.count();
        returns.note(first, &AppendError::Expired);
        assert!(returns.refusal(first).is_none(), "nothing has happened");
        // Two that wait together.
        returns.note(first, &WENT_BACK);
        returns.note(first, &WENT_BACK);
        let second = returns.count();
        assert_eq!(second, first + 1);
        assert!(returns.refusal(second).is_some(), "nobody has heard");
        returns.hear(&AppendError::Expired);
        assert!(returns.refusal(second).is_some(), "somebody has heard something else");
        returns.hear(&WENT_BACK);
        assert!(returns.refusal(second).is_none(), "it is told once");
        let late = returns.refusal(first);
        assert!(matches!(late, Some(AppendError::LogWentBack { seen: Position(3), found: Position(1) })));
    }
}
