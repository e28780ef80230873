//! Committing a group of appends.
//!
//! Two texts, two trips to the connection's thread: the first begins as a writer and looks up what is known of all
//! commands and streams of the group; then the rules are applied here, under the lock of the file; the second text writes
//! all that was accepted and commits. Lists travel as JSON, so that both texts are the same for every group and stay
//! prepared.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use sqlx::sqlite::SqliteRow;
use tokio::sync::watch;

use super::{
    column::{bound, optional_integer, optional_text, text, to_json, unsigned},
    error::{Cause, cause, corrupt, failed},
    ledger,
    place::Patience,
    statement::{collect, rows},
    writer::{Writer, Writing},
};
use crate::{
    message::{CommandId, Position, StreamId},
    store::{
        Append, AppendError, Appended, Begun, GroupWriter, LedgerEntry, LedgerOutcome, StoreError,
        StreamState, Waiting, first_version,
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

/// What is known before an append.
#[derive(Default)]
struct Known {
    stream: StreamState,
    entry: Option<LedgerEntry>,
}

/// What a group will write, and the head behind it.
struct Batch<'b> {
    accepted: Vec<(&'b Append, Appended)>,
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
        self.head.send_if_modified(|known| {
            let moved = known.0 != head;
            *known = Position(head);
            moved
        });
    }

    /// Decides about all of a group, writes what was accepted, and answers.
    async fn see_through(&self, writing: &mut Writing, log: Log, begun: Vec<Begun>, known: Vec<Known>) {
        if let Some((seen, found)) = self.went_back(&log) {
            writing.rollback().await;
            for each in begun {
                each.answer(Err(AppendError::LogWentBack { seen, found }));
            }
            return;
        }
        let (outcomes, batch) = decide(log.head, &begun, known);
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

    async fn commit(&self, mut writing: Writing, group: Vec<Waiting>) {
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
                let reason = error.to_string();
                for waiting in group {
                    waiting.refuse(StoreError::Unavailable { reason: reason.clone(), source: None });
                }
            }
        }
    }
}

/// Begins as a writer, and looks up what is known of commands and streams.
async fn look(writing: &mut Writing, appends: &[&Append]) -> Result<(Log, Vec<Known>), StoreError> {
    let wanted: Vec<_> =
        appends.iter().map(|append| (&append.stream.kind, &*append.stream.id, append.command)).collect();
    let wanted = to_json(&wanted)?;
    let mut patience = Patience::default();
    let found = loop {
        writing.unsettled();
        let look = sqlx::query(include_str!("sql/look.sql")).bind(&wanted);
        match collect(writing.connection()?, look).await {
            Ok(found) => break found,
            Err(error) => {
                writing.rollback().await;
                if !patience.again(&error) {
                    return Err(failed("beginning to append", error));
                }
            }
        }
    };
    let read = read_known(&found, appends.len());
    if read.is_err() {
        writing.rollback().await;
    }
    read
}

fn read_known(found: &[SqliteRow], appends: usize) -> Result<(Log, Vec<Known>), StoreError> {
    let what = "the head of the log";
    let (head, rows) = found.split_first().ok_or_else(|| corrupt(what, "there is none"))?;
    let log = (|| Ok(Log { head: unsigned(head, 0)?, incarnation: text(head, 1)?.to_owned() }))()
        .map_err(|reason: String| corrupt(what, reason))?;
    let mut known: Vec<Known> = std::iter::repeat_with(Known::default).take(appends).collect();
    for row in rows {
        let ordinal: usize = unsigned(row, 0).map_err(|reason| corrupt("an append", reason))?;
        let stream = (|| {
            let version = optional_integer(row, 1)?.unwrap_or_default();
            Ok(StreamState {
                version: u64::try_from(version).map_err(|_| format!("its version is {version}"))?,
                closed: optional_integer(row, 2)?.is_some_and(|closes| closes != 0),
            })
        })()
        .map_err(|reason: String| corrupt("the last event of a stream", reason))?;
        let entry = match optional_text(row, 3) {
            Ok(None) => None,
            _ => Some(ledger::entry(row, 3)?),
        };
        if let Some(slot) = known.get_mut(ordinal) {
            *slot = Known { stream, entry };
        }
    }
    Ok((log, known))
}

/// Applies the rules to one append after the other, each of which sees what those before it will write.
fn decide(head: u64, begun: &[Begun], known: Vec<Known>) -> (Vec<Outcome>, Batch<'_>) {
    let mut batch = Batch { accepted: Vec::with_capacity(begun.len()), head };
    let mut streams: HashMap<&StreamId, StreamState> = HashMap::new();
    let mut commands: HashMap<CommandId, Appended> = HashMap::new();
    let mut outcomes = Vec::with_capacity(begun.len());
    for (each, known) in begun.iter().zip(known) {
        let append = each.append();
        let entry = known.entry.or_else(|| {
            commands.get(&append.command).map(|appended| LedgerEntry {
                command: append.command,
                recording: batch
                    .accepted
                    .iter()
                    .find(|(accepted, _)| accepted.command == append.command)
                    .map_or_else(|| append.recording.clone(), |(accepted, _)| accepted.recording.clone()),
                outcome: LedgerOutcome::Accepted { first: appended.first, count: appended.count },
            })
        });
        if let Some(entry) = entry {
            outcomes.push(Err(AppendError::Duplicate(Box::new(entry))));
            continue;
        }
        let stream = streams.get(&append.stream).copied().unwrap_or(known.stream);
        let version = match first_version(append, stream) {
            Ok(version) => version,
            Err(error) => {
                outcomes.push(Err(error));
                continue;
            }
        };
        let count = u32::try_from(append.events.len()).unwrap_or(u32::MAX);
        let first = if count == 0 { batch.head } else { batch.head + 1 };
        let appended = Appended { first: Position(first), first_version: version, count };
        batch.head += u64::from(count);
        if count > 0 {
            let last = StreamState { version: version + u64::from(count) - 1, closed: append.closes };
            streams.insert(&append.stream, last);
        }
        commands.insert(append.command, appended);
        batch.accepted.push((append, appended));
        outcomes.push(Ok(appended));
    }
    (outcomes, batch)
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
            let metadata = if event.metadata.is_empty() { "{}".into() } else { to_json(&event.metadata)? };
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
