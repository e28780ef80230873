//! Committing a group of appends.
//!
//! Two texts, two trips to the connection's thread: the first begins as a writer and looks up what is known of all
//! commands and streams of the group; then the rules are applied here, under the lock of the file; the second text writes
//! all that was accepted and commits. Lists travel as JSON, so that both texts are the same for every group and stay
//! prepared. A lone append of one event, which is what an idle process has, takes one trip.
//!
//! Measured on two shared cores, with events of about 250 bytes: a trip costs more than the SQL in it, because each row and
//! each statement's end wakes the task that waits. One row for a whole group instead of one per append, and one trip instead
//! of two for a lone append, took the latter from 240 to 150 µs with `synchronous = normal`. With `full`, a lone task
//! appends about half as often as a bare insert through sqlx; 16 tasks reach 2 to 3 times, 64 tasks 4 to 5 times as many.

mod import;
mod look;
mod settle;
mod write;

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;
use uuid::Uuid;

pub(super) use self::import::import;
use self::{
    look::{Found, Log, look},
    settle::settle,
    write::{Failure, append_one, write},
};
use super::{
    error::{Cause, cause, failed},
    writer::{Writer, Writing},
};
use crate::{
    message::Position,
    store::{
        Append, AppendError, Appended, Begun, Expected, GroupWriter, Known, StoreError, Waiting, advance,
        decide,
    },
};

type Outcome = Result<Appended, AppendError>;

/// Commits groups of appends through the one connection that writes.
pub(super) struct Appender {
    writer: Arc<Writer>,
    head: watch::Sender<Position>,
    seen: Mutex<Option<Log>>,
}

impl Appender {
    pub(super) fn new(writer: Arc<Writer>, head: watch::Sender<Position>) -> Self {
        Self { writer, head, seen: Mutex::new(None) }
    }

    /// The log as it was seen last.
    fn seen(&self) -> Option<Log> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Remembers the log that was found. When it went back, says so, once: from then on, those who wait for their answers see
    /// to it that somebody is told.
    fn went_back(&self, found: &Log, same: bool) -> Option<(Position, Position)> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let before = seen.replace(found.clone())?;
        (!same).then_some((Position(before.head), Position(found.head)))
    }

    /// Remembers a log that was just written to.
    fn found(&self, log: Log) {
        advance(&self.head, Position(log.head));
        *self.seen.lock().unwrap_or_else(PoisonError::into_inner) = Some(log);
    }

    /// Remembers a head behind what was just written, with the event there.
    fn advance(&self, head: u64, event: Option<Uuid>) {
        if let Some(seen) = self.seen.lock().unwrap_or_else(PoisonError::into_inner).as_mut()
            && seen.head < head
        {
            (seen.head, seen.event) = (head, event);
        }
        // A reader may already have told of a later one, of another process.
        advance(&self.head, Position(head));
    }

    /// Decides about all of a group, writes what was accepted, and answers.
    async fn see_through(
        &self,
        writing: &mut Writing,
        (log, same): (Log, bool),
        begun: Vec<Begun>,
        known: Vec<Known>,
    ) {
        if let Some((seen, found)) = self.went_back(&log, same) {
            writing.rollback().await;
            self.head.send_replace(found);
            for each in begun {
                each.answer(Err(AppendError::LogWentBack { seen, found }));
            }
            return;
        }
        let (outcomes, batch) = decide(log.head, begun.iter().map(Begun::append).zip(known));
        let (head, event) = (batch.head, batch.last_event());
        let written = write(writing, &batch).await;
        let outcomes = outcomes.into_iter().zip(begun);
        match written {
            Ok(()) => {
                self.advance(head, event);
                for (outcome, each) in outcomes {
                    each.answer(outcome);
                }
            }
            Err(Failure::Lost(error)) => {
                let reason = failed("appending", error).to_string();
                for (outcome, each) in outcomes {
                    let outcome = match outcome {
                        Ok(_) => settle(writing, each.append(), &reason).await,
                        Err(_) => {
                            Err(StoreError::Unavailable { reason: reason.clone(), source: None }.into())
                        }
                    };
                    each.answer(outcome);
                }
            }
            Err(Failure::Refused(error)) => {
                let mut group: Vec<Begun> = outcomes.map(|(_, each)| each).collect();
                match group.pop() {
                    Some(only) if group.is_empty() => only.answer(Err(error.into())),
                    // One of them did it. Each gets a transaction of its own, so that it fails alone.
                    last => {
                        for each in group.into_iter().chain(last) {
                            Box::pin(self.alone(writing, each)).await;
                        }
                    }
                }
            }
        }
    }

    /// Tries the commonest append in one trip. Gives it back when it is another one, or has to wait.
    async fn one(&self, writing: &mut Writing, waiting: Waiting) -> Option<Waiting> {
        let (Some(log), Append { expected: Expected::Version(expected), events, .. }) =
            (self.seen(), waiting.append())
        else {
            return Some(waiting);
        };
        let ([event], Ok(expected)) = (events.as_slice(), i64::try_from(*expected)) else {
            return Some(waiting);
        };
        let event = event.id.0;
        let begun = waiting.begin()?;
        match append_one(writing, begun.append(), expected, &log).await {
            Ok(Some(first)) => {
                self.advance(first.0, Some(event));
                let first_version = expected.cast_unsigned() + 1;
                begun.answer(Ok(Appended { first, first_version, count: 1 }));
            }
            // Something stands in its way.
            Ok(None) => self.alone(writing, begun).await,
            Err(error) => match cause(&error) {
                Cause::Busy => {
                    writing.rollback().await;
                    return Some(begun.wait_on());
                }
                Cause::Lost => {
                    let reason = failed("appending", error).to_string();
                    let outcome = settle(writing, begun.append(), &reason).await;
                    begun.answer(outcome);
                }
                _ => {
                    writing.rollback().await;
                    begun.answer(Err(failed("appending", error).into()));
                }
            },
        }
        None
    }

    async fn alone(&self, writing: &mut Writing, begun: Begun) {
        match look(writing, &[begun.append()], self.seen().as_ref()).await {
            Ok(Found { log, same, known }) => {
                self.see_through(writing, (log, same), vec![begun], known).await
            }
            Err(error) => begun.answer(Err(error.into())),
        }
    }
}

impl GroupWriter for Appender {
    type Lease = Writing;

    async fn lease(&self) -> Result<Writing, StoreError> {
        self.writer.acquire().await
    }

    async fn commit(&self, mut writing: Writing, mut group: Vec<Waiting>) {
        if group.len() == 1
            && let Some(waiting) = group.pop()
        {
            match self.one(&mut writing, waiting).await {
                Some(waiting) => group.push(waiting),
                None => return,
            }
        }
        let appends: Vec<&Append> = group.iter().map(Waiting::append).collect();
        let looked = look(&mut writing, &appends, self.seen().as_ref()).await;
        match looked {
            Ok(Found { log, same, known }) => {
                // The file is ours: from here on an append is seen through, whatever its caller does.
                let (begun, known): (Vec<_>, Vec<_>) = group
                    .into_iter()
                    .zip(known)
                    .filter_map(|(waiting, known)| Some((waiting.begin()?, known)))
                    .unzip();
                // Nobody is left who could be told what was found.
                if begun.is_empty() {
                    return writing.rollback().await;
                }
                self.see_through(&mut writing, (log, same), begun, known).await;
            }
            Err(error) => {
                for (waiting, error) in group.into_iter().zip(error.for_many()) {
                    waiting.refuse(error);
                }
            }
        }
    }
}
