//! A consumer counts what it is given, so that nothing is lost in silence.

use thiserror::Error;

use super::{ConsumerTask, failure::Interruption};
use crate::{
    message::Position,
    store::{LogMark, LogPage},
};

/// What a consumer was given, and what it was not given because of its filter, is not the whole range.
#[derive(Debug, Error)]
#[error(
    "the audit failed: of the {} positions behind {after} up to {until}, {given} were given and {left_out} left out by the filter; nothing is passed until that adds up",
    .until.0 - .after.0
)]
pub(super) struct AuditFailed {
    after: Position,
    until: Position,
    given: u64,
    left_out: u64,
}

impl ConsumerTask {
    /// Fails unless a page has all events of its range that pass the filter. Positions have no holes, so the events of the page
    /// and those that the store counts as left out are as many as there are positions.
    pub(super) async fn audit(&self, after: LogMark, page: &LogPage) -> Result<(), Interruption> {
        let (after, until) = (after.position, page.scanned.position);
        let given = page.events.len() as u64;
        let in_order = page.events.windows(2).all(|pair| pair[0].position < pair[1].position);
        let first = page.events.first().is_none_or(|event| event.position > after);
        let last = page.events.last().is_none_or(|event| event.position <= until);
        let range = until.0.saturating_sub(after.0);
        if in_order && first && last && given == range {
            return Ok(());
        }
        let filter = &self.spec.filter;
        let left_out = self.spec.environment.store.count_left_out(after, until, filter).await?;
        if in_order && first && last && given + left_out == range {
            return Ok(());
        }
        Err(Interruption::Unsound(AuditFailed { after, until, given, left_out }.into()))
    }
}
