//! Telling those who watch the head of the log.

use tokio::sync::watch;

use crate::message::Position;

/// Tells of a head that was moved, perhaps by another process. Returns whether it was news.
pub(crate) fn advance(head: &watch::Sender<Position>, to: Position) -> bool {
    head.send_if_modified(|known| {
        let moved = to > *known;
        *known = to.max(*known);
        moved
    })
}
