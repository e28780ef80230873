//! Counting what a reader of the log was not given, so that it can tell whether it was given everything.

use async_trait::async_trait;

use super::{LogFilter, StoreError};
use crate::message::Position;

/// Counts events apart from reading them.
#[async_trait]
pub trait LogAudit: Send + Sync + 'static {
    /// How many events behind `after`, up to and with `until`, are there that a reader with this filter does not get: those
    /// that do not pass it, and those that were [purged](super::Retention). Together with the events that it gets these are
    /// all positions of the range, or something is lost.
    ///
    /// # Errors
    /// Whatever the database says.
    async fn count_left_out(
        &self,
        after: Position,
        until: Position,
        filter: &LogFilter,
    ) -> Result<u64, StoreError>;
}
