//! Finding out what became of appends whose connection was lost.

use std::{collections::HashMap, future::Future, time::Duration};

use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::{AppendError, Appended, Begun, StoreError};
use crate::message::CommandId;

/// How long the server is tried again before the outcome is unknown.
const PATIENCE: Duration = Duration::from_secs(10);
const DELAY: Duration = Duration::from_millis(50);

/// What the log has of a command: the first event, when there is one.
pub(crate) struct Found {
    pub(crate) appended: Appended,
    pub(crate) event: Option<Uuid>,
}

/// Why it was not found out.
pub(crate) enum Unsettled {
    /// The server was not there.
    Again(StoreError),
    /// It will not be found out by trying again.
    Never(AppendError),
}

/// The connection that appends, as far as it is needed to find out.
pub(crate) trait Settling: Send {
    /// Looks at what the log has of commands, under the lock of its head, and makes sure that what is not there does not come
    /// later, on a new connection.
    ///
    /// A lost connection may have left a statement at the server that has not begun yet. The lock of the head waits for what
    /// has begun; what comes later names a fence that is no more, and does nothing.
    fn look(
        &mut self,
        commands: &[Uuid],
    ) -> impl Future<Output = Result<HashMap<CommandId, Found>, Unsettled>> + Send;

    /// Undoes what was begun.
    fn rollback(&mut self) -> impl Future<Output = ()> + Send;
}

/// Answers those whose events are in the log, and gives back those that are not and will not come: they may be appended
/// again. `None` when all were answered, for instance because nobody knows.
pub(crate) async fn settle(settling: &mut impl Settling, begun: Vec<Begun>) -> Option<Vec<Begun>> {
    let commands: Vec<Uuid> = begun.iter().map(|each| each.append().command.0).collect();
    let until = Instant::now() + PATIENCE;
    let mut found = loop {
        match settling.look(&commands).await {
            Ok(found) => break found,
            Err(Unsettled::Again(_)) if Instant::now() < until => sleep(DELAY).await,
            Err(Unsettled::Again(error)) => {
                for (each, source) in begun.into_iter().zip(error.for_many()) {
                    each.answer(Err(AppendError::Unknown { source }));
                }
                return None;
            }
            Err(Unsettled::Never(error)) => {
                settling.rollback().await;
                answer_all(begun, error);
                return None;
            }
        }
    };
    let mut left = Vec::new();
    for each in begun {
        let append = each.append();
        let own = append.events.first().map(|event| event.id.0);
        match found.remove(&append.command) {
            Some(found) if found.event == own => each.answer(Ok(found.appended)),
            // Another append of the same command was faster; it is told as such when this one is tried again.
            _ => left.push(each),
        }
    }
    (!left.is_empty()).then_some(left)
}

/// Answers all with one error.
pub(crate) fn answer_all(begun: Vec<Begun>, error: AppendError) {
    match error {
        AppendError::LogWentBack { seen, found } => {
            for each in begun {
                each.answer(Err(AppendError::LogWentBack { seen, found }));
            }
        }
        AppendError::Store(error) => {
            for (each, error) in begun.into_iter().zip(error.for_many()) {
                each.answer(Err(error.into()));
            }
        }
        other => {
            let source = StoreError::Failed { reason: other.to_string(), source: None };
            for (each, source) in begun.into_iter().zip(source.for_many()) {
                each.answer(Err(AppendError::Unknown { source }));
            }
        }
    }
}
