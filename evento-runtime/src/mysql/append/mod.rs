//! Committing a group of appends.
//!
//! A group is tried with one script (`fast`), which takes its positions from the head and goes no further than its guards
//! let it. What they stop is looked at under the lock of the head (`locked`), so that an append that conflicts fails alone.
//! What became of a group whose connection was lost is found out under the same lock (`settle`).

mod fast;
mod import;
mod locked;
mod settle;
mod write;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use sqlx::{Connection, MySqlConnection, mysql::MySqlRow};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard, watch};
use uuid::Uuid;

use self::fast::Tried;
pub(super) use self::import::import;
use super::{
    column::{get, integer, unsigned, uuid},
    error::{closed, corrupt, failed},
    place::Place,
    script::{Script, Value},
    statement::{answer, rows, run_script},
};
use crate::{
    message::{MessageId, Position},
    store::{
        Append, AppendError, Appended, Begun, GroupWriter, StoreError, Waiting, advance, answer_all, apart,
        values::bound,
    },
};

type Outcome = Result<Appended, AppendError>;

/// A connection that was idle for so long is tested before it is used: MySQL ends it after 5 s.
const TESTED_AFTER: Duration = Duration::from_secs(3);

/// A connection that nobody uses.
pub(super) struct Idle {
    pub(super) connection: MySqlConnection,
    since: Instant,
}

impl Idle {
    pub(super) fn new(connection: MySqlConnection) -> Self {
        Self { connection, since: Instant::now() }
    }

    /// The connection, unless it is no more.
    async fn tested(mut self) -> Option<MySqlConnection> {
        let is_there = self.since.elapsed() < TESTED_AFTER || answer(self.connection.ping()).await.is_ok();
        is_there.then_some(self.connection)
    }
}

/// Which log it was, and how far it had come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Log {
    pub(super) head: u64,
    pub(super) incarnation: Uuid,
    pub(super) fence: i64,
    /// The event at the head, as far as it is known.
    pub(super) event: Option<Uuid>,
}

impl Log {
    pub(super) async fn read(connection: &mut MySqlConnection, place: &Place) -> Result<Self, StoreError> {
        let statement = place.statement(include_str!("../sql/head.sql"));
        Self::of(rows(connection, "reading the head", statement).await?.first())
    }

    /// Locks the head, and compares it with what was seen, with a statement that comes after. That makes two answers with rows.
    fn lock(self, script: &mut Script<'_>) {
        let (head, event) = (Value::Number(bound(self.head)), Value::OptionalUuid(self.event));
        script.push(include_str!("../sql/lock_head.sql"), &[]);
        let seen = [Value::Uuid(self.incarnation), head, event, head, event];
        script.push(include_str!("../sql/compare_head.sql"), &seen);
    }

    /// The log in a row of the head.
    pub(super) fn of(row: Option<&MySqlRow>) -> Result<Self, StoreError> {
        let row = row.ok_or_else(|| corrupt("the head of the log", "there is none"))?;
        let read = || {
            let (head, incarnation, fence) = (unsigned(row, 0)?, uuid(row, 1)?, integer(row, 2)?);
            Ok(Self { head, incarnation, fence, event: get(row, 3)? })
        };
        read().map_err(|reason: String| corrupt("the head of the log", reason))
    }

    /// The log in a row of the head that was compared, and whether all that was seen of it is still there.
    fn compared(row: Option<&MySqlRow>) -> Result<(Self, bool), StoreError> {
        let log = Self::of(row)?;
        let same = row.map_or(Ok(0), |row| integer(row, 4));
        Ok((log, same.map_err(|reason| corrupt("the head of the log", reason))? != 0))
    }
}

/// Commits groups of appends through one connection.
pub(super) struct Appender {
    pub(super) place: Arc<Place>,
    head: watch::Sender<Position>,
    seen: Mutex<Log>,
    connection: Arc<AsyncMutex<Option<Idle>>>,
}

/// The connection that appends, in the hands of one group. It goes back when the group is done with it; dropped before, it
/// is closed.
pub(super) struct Writing {
    slot: OwnedMutexGuard<Option<Idle>>,
    connection: Option<MySqlConnection>,
    place: Arc<Place>,
}

impl Writing {
    /// The connection, which is opened when it was lost.
    pub(super) async fn connection(&mut self) -> Result<&mut MySqlConnection, sqlx::Error> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => self.place.connect().await?,
        };
        Ok(self.connection.insert(connection))
    }

    /// Closes the connection: nobody knows what it is doing.
    pub(super) fn disconnect(&mut self) {
        self.connection = None;
    }

    /// Undoes what was begun.
    pub(super) async fn rollback(&mut self) {
        if let Some(connection) = &mut self.connection {
            let rollback = self.place.texts.text(include_str!("../sql/rollback.sql"));
            if run_script(connection, rollback).await.is_err() {
                self.disconnect();
            }
        }
    }

    fn done(mut self) {
        *self.slot = self.connection.take().map(Idle::new);
    }
}

impl Appender {
    pub(super) fn new(
        place: Arc<Place>,
        connection: Arc<AsyncMutex<Option<Idle>>>,
        seen: Log,
        head: watch::Sender<Position>,
    ) -> Self {
        Self { place, head, seen: Mutex::new(seen), connection }
    }

    fn seen_mut(&self) -> MutexGuard<'_, Log> {
        // It is whole between any two statements that hold the lock.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The log as it was seen last.
    pub(super) fn seen(&self) -> Log {
        *self.seen_mut()
    }

    /// Remembers the log that was found under the lock of its head. When it went back, says so, once: from then on, those who
    /// wait for their answers see to it that somebody is told.
    pub(super) fn find(&self, found: Log, same: bool) -> Result<(), AppendError> {
        let seen = {
            let mut seen = self.seen_mut();
            std::mem::replace(&mut *seen, found)
        };
        if same {
            advance(&self.head, Position(found.head));
            return Ok(());
        }
        let (seen, found) = (Position(seen.head), Position(found.head));
        self.head.send_replace(found);
        Err(AppendError::LogWentBack { seen, found })
    }

    /// Remembers a log that was just written to.
    fn found(&self, log: Log) {
        *self.seen_mut() = log;
        advance(&self.head, Position(log.head));
    }

    /// Keeps what was just written for those who wait for it. Said before they are told of the head.
    pub(super) fn keep(&self, append: &Append, appended: Appended) {
        let seen = self.seen();
        if let Some(event) = seen.event
            && self.head.receiver_count() > 0
        {
            self.place.tail.keep((seen.head, MessageId(event)), append, appended);
        }
    }

    /// Remembers a head behind what was just written, with the event there.
    pub(super) fn advance(&self, head: u64, event: Option<Uuid>) {
        {
            let mut seen = self.seen_mut();
            if seen.head < head {
                (seen.head, seen.event) = (head, event);
            }
        }
        advance(&self.head, Position(head));
    }

    /// Sees one group through, in which each stream and each command is there once.
    async fn group(&self, writing: &mut Writing, begun: Vec<Begun>) {
        let left = match fast::append(self, writing, begun).await {
            Tried::Done => return,
            Tried::Lock(left) => left,
            Tried::Refused(left, error) => return answer_all(left, error.into()),
            Tried::Lost(left, error) => match settle::settle(self, writing, left, error).await {
                // What is certainly not there can be appended once more.
                Some((left, _)) => left,
                None => return,
            },
        };
        locked::append(self, writing, left).await;
    }
}

impl GroupWriter for Appender {
    type Lease = Writing;

    async fn lease(&self) -> Result<Writing, StoreError> {
        if self.place.is_closed() {
            return Err(closed());
        }
        let mut slot = Arc::clone(&self.connection).lock_owned().await;
        let connection = match slot.take() {
            Some(idle) => idle.tested().await,
            None => None,
        };
        let mut writing = Writing { slot, connection, place: Arc::clone(&self.place) };
        match writing.connection().await {
            Ok(_) => Ok(writing),
            Err(error) => Err(failed("connecting to the server", error)),
        }
    }

    async fn commit(&self, mut writing: Writing, group: Vec<Waiting>) {
        // The connection is there: from here on an append is seen through, whatever its caller does.
        let mut left: Vec<Begun> = group.into_iter().filter_map(Waiting::begin).collect();
        while !left.is_empty() {
            let (now, later) = apart(left);
            self.group(&mut writing, now).await;
            left = later;
        }
        writing.done();
    }
}
