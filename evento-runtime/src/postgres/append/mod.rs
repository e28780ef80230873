//! Committing a group of appends.
//!
//! A group is tried with one statement (`fast`), which takes its positions from the head in the statement that inserts it.
//! What that statement cannot tell from its own snapshot, it leaves alone: then the head is locked, and a new statement looks
//! (`locked`), so that an append that conflicts fails alone. What became of a group whose connection was lost is found out
//! under the same lock (`settle`).

mod fast;
mod import;
mod locked;
mod settle;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sqlx::{PgConnection, postgres::PgRow};
use tokio::sync::{Mutex as AsyncMutex, OwnedMutexGuard, watch};
use uuid::Uuid;

use self::fast::Tried;
pub(super) use self::import::import;
use super::{
    column::{get, integer, unsigned, uuid},
    control,
    error::{closed, corrupt, failed},
    place::Place,
    statement::{Statement, answer, collect, rows},
    tell::Telling,
};
use crate::{
    message::{MessageId, Position},
    store::{
        Append, AppendError, Appended, Begun, GroupWriter, StoreError, Waiting, advance, apart, values::bound,
    },
};

type Outcome = Result<Appended, AppendError>;

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
    pub(super) async fn read(connection: &mut PgConnection, place: &Place) -> Result<Self, StoreError> {
        let statement = Self::statement(place, include_str!("../sql/head.sql"), None);
        Ok(Self::of(rows(connection, "reading the head", statement).await?.first())?.0)
    }

    /// A statement that reads the head, and compares it with what was seen.
    pub(super) fn statement<'q>(place: &Place, text: &'static str, seen: Option<Self>) -> Statement<'q> {
        place
            .statement(text)
            .bind(seen.map(|log| log.incarnation))
            .bind(seen.map(|log| bound(log.head)))
            .bind(seen.and_then(|log| log.event))
    }

    /// Locks the head in a transaction that has begun, and compares it with what was seen.
    pub(super) async fn lock(
        connection: &mut PgConnection,
        place: &Place,
        seen: Self,
    ) -> Result<Vec<PgRow>, sqlx::Error> {
        let lock = Self::statement(place, include_str!("../sql/lock_head.sql"), Some(seen));
        let (rows, _) = collect(connection, lock).await?;
        // A statement that waited has got the newest head, and does not see the event there: a new one does.
        if rows.first().is_some_and(|row| matches!(get::<Option<Uuid>>(row, 3), Ok(None))) {
            let look = Self::statement(place, include_str!("../sql/head.sql"), Some(seen));
            return Ok(collect(connection, look).await?.0);
        }
        Ok(rows)
    }

    /// The log in a row of the head, and whether all that was seen of it is still there.
    pub(super) fn of(row: Option<&PgRow>) -> Result<(Self, bool), StoreError> {
        let row = row.ok_or_else(|| corrupt("the head of the log", "there is none"))?;
        let read = || {
            let (head, incarnation, fence) = (unsigned(row, 0)?, uuid(row, 1)?, integer(row, 2)?);
            Ok((Self { head, incarnation, fence, event: get(row, 3)? }, get(row, 4)?))
        };
        read().map_err(|reason: String| corrupt("the head of the log", reason))
    }
}

/// Commits groups of appends through one connection.
pub(super) struct Appender {
    pub(super) place: Arc<Place>,
    telling: Arc<Telling>,
    head: watch::Sender<Position>,
    seen: Mutex<Log>,
    connection: Arc<AsyncMutex<Option<PgConnection>>>,
}

/// The connection that appends, in the hands of one group. It goes back when the group is done with it; dropped before, it
/// is closed.
pub(super) struct Writing {
    slot: OwnedMutexGuard<Option<PgConnection>>,
    connection: Option<PgConnection>,
    place: Arc<Place>,
}

impl Writing {
    /// The connection, which is opened when it was lost.
    pub(super) async fn connection(&mut self) -> Result<&mut PgConnection, sqlx::Error> {
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
        if let Some(connection) = &mut self.connection
            && control::depth(connection) > 0
            && answer(control::rollback(connection)).await.is_err()
        {
            self.disconnect();
        }
    }

    async fn done(mut self) {
        self.rollback().await;
        *self.slot = self.connection.take();
    }
}

impl Appender {
    pub(super) fn new(
        place: Arc<Place>,
        connection: Arc<AsyncMutex<Option<PgConnection>>>,
        seen: Log,
        head: watch::Sender<Position>,
    ) -> Self {
        let telling = Telling::new(Arc::clone(&place), head.clone());
        Self { place, telling, head, seen: Mutex::new(seen), connection }
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
        let connection = slot.take();
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
        writing.done().await;
    }
}
