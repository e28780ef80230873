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

use std::sync::{Arc, Mutex, PoisonError};

use sqlx::sqlite::SqliteRow;
use tokio::sync::watch;

use super::{
    column::{bound, text, to_json, unsigned},
    error::{Cause, cause, corrupt, failed},
    ledger,
    statement::{collect, rows},
    writer::{Writer, Writing},
};
use crate::{
    message::{EventMessage, Position},
    store::{
        Append, AppendError, Appended, Batch, Begun, Expected, GroupWriter, Known, LedgerEntry,
        LedgerOutcome, StoreError, StreamState, Waiting, decide,
    },
};

type Outcome = Result<Appended, AppendError>;

/// Commits groups of appends through the one connection that writes.
pub(super) struct Appender {
    writer: Arc<Writer>,
    head: watch::Sender<Position>,
    seen: Mutex<Option<Log>>,
}

/// Which log it was, and how far it had come.
#[derive(Clone, Debug)]
struct Log {
    incarnation: String,
    head: u64,
}

/// Why a batch was not written.
enum Failure {
    /// The connection was lost, so it may have been.
    Lost(sqlx::Error),
    /// Nothing was.
    Refused(StoreError),
}

impl Appender {
    pub(super) fn new(writer: Arc<Writer>, head: watch::Sender<Position>) -> Self {
        Self { writer, head, seen: Mutex::new(None) }
    }

    /// Compares the log with what this process has seen of it, and remembers what it is now: the caches that must be
    /// dropped are the runtime's, which is told once.
    fn went_back(&self, found: &Log) -> Option<(Position, Position)> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        let before = seen.replace(found.clone())?;
        (before.incarnation != found.incarnation || before.head > found.head)
            .then_some((Position(before.head), Position(found.head)))
    }

    fn advance(&self, head: u64) {
        if let Some(seen) = self.seen.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            seen.head = head;
        }
        // A reader may already have told of a later one, of another process.
        self.head.send_if_modified(|known| {
            let moved = known.0 < head;
            known.0 = known.0.max(head);
            moved
        });
    }

    /// Decides about all of a group, writes what was accepted, and answers.
    async fn see_through(&self, writing: &mut Writing, log: Log, begun: Vec<Begun>, known: Vec<Known>) {
        if let Some((seen, found)) = self.went_back(&log) {
            writing.rollback().await;
            self.head.send_replace(found);
            for each in begun {
                each.answer(Err(AppendError::LogWentBack { seen, found }));
            }
            return;
        }
        let (outcomes, batch) = decide(log.head, begun.iter().map(Begun::append).zip(known));
        let head = batch.head;
        let written = write(writing, &batch).await;
        let outcomes = outcomes.into_iter().zip(begun);
        match written {
            Ok(()) => {
                self.advance(head);
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
        let log = self.seen.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (Some(log), Append { expected: Expected::Version(expected), events, .. }) =
            (log, waiting.append())
        else {
            return Some(waiting);
        };
        let ([_], Ok(expected)) = (events.as_slice(), i64::try_from(*expected)) else { return Some(waiting) };
        let begun = waiting.begin()?;
        match append_one(writing, begun.append(), expected, &log).await {
            Ok(Some(first)) => {
                self.advance(first.0);
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
        match look(writing, &[begun.append()]).await {
            Ok((log, known)) => self.see_through(writing, log, vec![begun], known).await,
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
        let looked = look(&mut writing, &appends).await;
        match looked {
            Ok((log, known)) => {
                // The file is ours: from here on an append is seen through, whatever its caller does.
                let (begun, known) = group
                    .into_iter()
                    .zip(known)
                    .filter_map(|(waiting, known)| Some((waiting.begin()?, known)))
                    .unzip();
                self.see_through(&mut writing, log, begun, known).await;
            }
            Err(error) => {
                for (waiting, error) in group.into_iter().zip(error.for_many()) {
                    waiting.refuse(error);
                }
            }
        }
    }
}

/// Appends one event behind an expected version. `None` when nothing was written, for whatever reason.
async fn append_one(
    writing: &mut Writing,
    append: &Append,
    expected: i64,
    log: &Log,
) -> Result<Option<Position>, sqlx::Error> {
    let Some(event) = append.events.first() else { return Ok(None) };
    let recording = &append.recording;
    let metadata = metadata(event).map_err(|error| sqlx::Error::Encode(error.into()))?;
    let statement = sqlx::query(include_str!("sql/append_one.sql"))
        .bind(append.command.to_string())
        .bind(&recording.name)
        .bind(recording.digest.cast_signed())
        .bind(recording.cause.map(|cause| cause.to_string()))
        .bind(recording.at.as_millis())
        .bind(append.stream.kind.as_ref())
        .bind(&*append.stream.id)
        .bind(expected.saturating_add(1))
        .bind(event.id.to_string())
        .bind(event.name.as_ref())
        .bind(event.payload_version)
        .bind(event.context.as_str())
        .bind(event.correlation_id.to_string())
        .bind(event.causation_id.to_string())
        .bind(event.timestamp.as_millis())
        .bind(append.closes)
        .bind(metadata)
        .bind(event.payload.get())
        .bind(&log.incarnation)
        .bind(bound(log.head));
    writing.unsettled();
    let connection = writing.connection().map_err(|_| sqlx::Error::WorkerCrashed)?;
    let (rows, _) = collect(connection, statement).await?;
    writing.settled();
    // It is committed; a position that cannot be read would be a lie of SQLite's.
    let first = rows.first().map(|row| unsigned(row, 0)).transpose();
    first.map(|first| first.map(Position)).map_err(sqlx::Error::Protocol)
}

fn metadata(event: &EventMessage) -> Result<String, StoreError> {
    if event.metadata.is_empty() { Ok("{}".to_owned()) } else { to_json(&event.metadata) }
}

/// Begins as a writer, and looks up what is known of commands and streams.
async fn look(writing: &mut Writing, appends: &[&Append]) -> Result<(Log, Vec<Known>), StoreError> {
    let wanted: Vec<_> =
        appends.iter().map(|append| (&append.stream.kind, &*append.stream.id, append.command)).collect();
    let wanted = to_json(&wanted)?;
    let mut patience = writing.patience();
    let rows = loop {
        writing.unsettled();
        let look = sqlx::query(include_str!("sql/look.sql")).bind(&wanted);
        match collect(writing.connection()?, look).await {
            Ok((rows, _)) => break rows,
            Err(error) => {
                writing.rollback().await;
                if !patience.again(&error).await {
                    return Err(failed("beginning to append", error));
                }
            }
        }
    };
    let known = read_known(writing, &rows, appends).await;
    if known.is_err() {
        writing.rollback().await;
    }
    known
}

/// What is known of the stream of an append, and of its command: ordinal, version, whether it is closed, whether there is an
/// entry.
type Found = (usize, Option<u64>, Option<u8>, u8);

async fn read_known(
    writing: &mut Writing,
    rows: &[SqliteRow],
    appends: &[&Append],
) -> Result<(Log, Vec<Known>), StoreError> {
    let read = || {
        let row = rows.first().ok_or("there is none")?;
        let log = Log { head: unsigned(row, 0)?, incarnation: text(row, 1)?.to_owned() };
        let found: Vec<Found> = serde_json::from_str(text(row, 2)?).map_err(|error| error.to_string())?;
        Ok((log, found))
    };
    let (log, found) = read().map_err(|reason: String| corrupt("the head of the log", reason))?;
    let mut known: Vec<Known> = appends.iter().map(|_| Known::default()).collect();
    for (ordinal, version, closed, handled) in found {
        if let (Some(known), Some(append)) = (known.get_mut(ordinal), appends.get(ordinal)) {
            known.stream = StreamState {
                version: version.unwrap_or(0),
                closed: closed.is_some_and(|closed| closed != 0),
            };
            if handled != 0 {
                known.entry = ledger::find(writing.connection()?, append.command).await?;
            }
        }
    }
    Ok((log, known))
}

/// Writes a batch and commits; otherwise rolls back.
async fn write(writing: &mut Writing, batch: &Batch<'_>) -> Result<(), Failure> {
    if batch.accepted.is_empty() {
        writing.rollback().await;
        return Ok(());
    }
    let texts = ledger_rows(batch).and_then(|ledger| Ok((ledger, event_rows(batch)?)));
    let (ledger, events) = match texts {
        Ok(texts) => texts,
        Err(error) => {
            writing.rollback().await;
            return Err(Failure::Refused(error));
        }
    };
    let statement =
        sqlx::query(include_str!("sql/write.sql")).bind(ledger).bind(events).bind(bound(batch.head));
    match collect(writing.connection().map_err(Failure::Refused)?, statement).await {
        Ok(_) => {
            writing.settled();
            Ok(())
        }
        Err(error) if cause(&error) == Cause::Lost => {
            writing.disconnect();
            Err(Failure::Lost(error))
        }
        Err(error) => {
            writing.rollback().await;
            Err(Failure::Refused(failed("appending", error)))
        }
    }
}

fn ledger_rows(batch: &Batch<'_>) -> Result<String, StoreError> {
    let rows: Vec<_> = batch
        .accepted
        .iter()
        .map(|(append, appended)| {
            let recording = &append.recording;
            (
                append.command,
                &recording.name,
                recording.digest.cast_signed(),
                recording.cause,
                recording.at,
                appended.first,
                appended.count,
            )
        })
        .collect();
    to_json(&rows)
}

fn event_rows(batch: &Batch<'_>) -> Result<String, StoreError> {
    let mut rows = Vec::with_capacity(usize::try_from(batch.head).unwrap_or_default().min(64));
    for (append, appended) in &batch.accepted {
        let last = append.events.len().saturating_sub(1);
        for (ordinal, event) in (0_u64..).zip(&append.events) {
            let metadata = metadata(event)?;
            rows.push((
                appended.first.0 + ordinal,
                event.id,
                &append.stream.kind,
                &*append.stream.id,
                appended.first_version + ordinal,
                &event.name,
                event.payload_version,
                &event.context,
                event.correlation_id,
                event.causation_id,
                event.timestamp,
                append.closes && ordinal == last as u64,
                metadata,
                event.payload.get(),
            ));
        }
    }
    to_json(&rows)
}

/// Finds out, on another connection, what became of an append whose connection was lost in the commit.
///
/// The lost one held the lock of the file until its end, so what is not there behind that lock will not come any more.
async fn settle(writing: &mut Writing, append: &Append, reason: &str) -> Outcome {
    let settled = async {
        writing.reconnect().await?;
        let (_, known) = look(writing, &[append]).await?;
        let found = match known.into_iter().next().and_then(|known| known.entry) {
            Some(LedgerEntry { outcome: LedgerOutcome::Accepted { first, count }, .. }) => {
                let version =
                    sqlx::query("select version from event where position = ?1").bind(bound(first.0));
                let rows = rows(writing.connection()?, "settling an append", version).await?;
                let first_version = match rows.first() {
                    Some(row) if count > 0 => {
                        unsigned(row, 0).map_err(|reason| corrupt(format_args!("event {first}"), reason))?
                    }
                    _ => 0,
                };
                Some(Appended { first, first_version, count })
            }
            _ => None,
        };
        writing.rollback().await;
        Ok::<_, StoreError>(found)
    };
    match settled.await {
        Ok(Some(appended)) => Ok(appended),
        Ok(None) => Err(StoreError::Unavailable { reason: reason.to_owned(), source: None }.into()),
        Err(source) => Err(AppendError::Unknown { source }),
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;
    use uuid::Uuid;

    use super::*;
    use crate::{
        message::{CommandId, Context, MessageId, Metadata, StreamId, Timestamp},
        sqlite::SqliteStore,
        store::{EventStore, Recording},
    };

    fn append(stream: &str) -> Append {
        let command = CommandId(Uuid::now_v7());
        let stream = StreamId::new("Order", stream);
        let event = EventMessage {
            id: MessageId(Uuid::now_v7()),
            stream: stream.clone(),
            version: 0,
            name: "Placed".into(),
            payload_version: 1,
            correlation_id: command.into(),
            causation_id: command.into(),
            timestamp: Timestamp::from_millis(1),
            metadata: Metadata::new(),
            context: Context::DEFAULT,
            payload: serde_json::value::RawValue::from_string("{}".to_owned()).expect("JSON"),
        };
        let recording =
            Recording { name: "Place".to_owned(), digest: 1, cause: None, at: Timestamp::from_millis(1) };
        Append { stream, expected: Expected::Any, command, recording, events: vec![event], closes: false }
    }

    #[tokio::test]
    async fn what_became_of_an_append_is_found_out() {
        let folder = tempfile::TempDir::new().expect("a folder for tests");
        let path = folder.path().join("store.db");
        let store = SqliteStore::open(path.to_string_lossy()).await.expect("a file");
        let far = Instant::now() + std::time::Duration::from_secs(60);
        store.append(append("a"), far).await.expect("an append before");
        let stored = append("a");
        let appended = store.append(stored.clone(), far).await.expect("an append whose answer is lost");
        store.append(append("a"), far).await.expect("an append behind it");

        let mut writing = store.inner.writer.acquire().await.expect("the connection");
        writing.begin().await.expect("a transaction that is lost with its connection");
        let found = settle(&mut writing, &stored, "lost").await.expect("what was stored");
        assert_eq!(found, appended);
        let absent = settle(&mut writing, &append("a"), "lost").await;
        assert!(matches!(absent, Err(AppendError::Store(StoreError::Unavailable { .. }))), "{absent:?}");
        drop(writing);
        store.append(append("a"), far).await.expect("an append after that");
    }
}
