//! Appending under the lock of the head: what the fast way could not be sure of.
//!
//! The lock is taken by a statement of its own. The next one sees everything that was committed before, so what it finds
//! stands until the end, and the rules are applied here, to one append after the other.

use sqlx::{PgConnection, postgres::PgRow};
use uuid::Uuid;

use super::{
    Appender, Log, Outcome, Writing,
    fast::{Events, each},
    settle::settle,
};
use crate::{
    postgres::{
        column::{get, unsigned},
        control,
        error::{Cause, cause, corrupt, failed},
        ledger,
        place::Place,
        statement::{Statement, answer, collect},
    },
    store::{
        Append, AppendError, Batch, Begun, Known, StoreError, StreamState, answer_all, decide,
        values::{bound, limit},
    },
};

/// How often is begun again when the connection is lost before the commit.
const TRIES: usize = 3;

/// Why nothing was written, or why nobody knows.
enum Failure {
    /// The connection was lost before the commit, so nothing was.
    Lost(sqlx::Error),
    /// The connection was lost in the commit.
    InCommit(sqlx::Error),
    /// Nothing was, and it concerns all of them.
    All(AppendError),
    /// PostgreSQL refused what one of them wrote.
    Refused(StoreError),
}

impl Failure {
    /// Of a statement that writes nothing of theirs.
    fn of(doing: &str, error: sqlx::Error) -> Self {
        match cause(&error) {
            Cause::Lost => Self::Lost(error),
            _ => Self::All(failed(doing, error).into()),
        }
    }
}

pub(super) async fn append(appender: &Appender, writing: &mut Writing, mut begun: Vec<Begun>) {
    let mut tries = TRIES;
    loop {
        tries -= 1;
        let appends: Vec<&Append> = begun.iter().map(Begun::append).collect();
        let done = once(appender, writing, &appends).await;
        drop(appends);
        match done {
            Ok((outcomes, head, event)) => {
                appender.advance(head, event);
                for (outcome, each) in outcomes.into_iter().zip(begun) {
                    each.answer(outcome);
                }
                return;
            }
            Err(Failure::Lost(error)) => {
                appender.place.note_loss(&error);
                writing.disconnect();
                if tries == 0 {
                    return answer_all(begun, failed("appending", error).into());
                }
            }
            Err(Failure::InCommit(error)) => match settle(appender, writing, begun, error).await {
                Some((left, reason)) if tries == 0 => {
                    let error = StoreError::Unavailable { reason, source: None };
                    return answer_all(left, error.into());
                }
                Some((left, _)) => begun = left,
                None => return,
            },
            Err(Failure::All(error)) => {
                writing.rollback().await;
                return answer_all(begun, error);
            }
            Err(Failure::Refused(error)) => {
                writing.rollback().await;
                if begun.len() == 1 {
                    return answer_all(begun, error.into());
                }
                // One of them did it. Each gets a transaction of its own, so that it fails alone.
                for each in begun {
                    Box::pin(append(appender, writing, vec![each])).await;
                }
                return;
            }
        }
    }
}

async fn once(
    appender: &Appender,
    writing: &mut Writing,
    appends: &[&Append],
) -> Result<(Vec<Outcome>, u64, Option<Uuid>), Failure> {
    let place = &*appender.place;
    let doing = "beginning to append";
    let connection = writing.connection().await.map_err(|error| Failure::of(doing, error))?;
    let looked = answer(look(place, connection, appends, appender.seen())).await;
    let (head, streams) = looked.map_err(|error| Failure::of(doing, error))?;
    let (log, same) = Log::of(head.first()).map_err(|error| Failure::All(error.into()))?;
    appender.find(log, same).map_err(Failure::All)?;
    let known = answer(entries(place, connection, appends, &streams)).await;
    let known = known.map_err(|error| Failure::of(doing, error))?;
    let known = known.map_err(|reason| Failure::All(corrupt("what is known of streams", reason).into()))?;
    let (outcomes, batch) = decide(log.head, appends.iter().copied().zip(known));
    let (head, event) = (batch.head, batch.last_event());
    if batch.accepted.is_empty() {
        writing.rollback().await;
        return Ok((outcomes, head, event));
    }
    // Without events, there is nothing to tell of.
    let channel = if event.is_some() { appender.telling.channel() } else { None };
    let tells = channel.is_some();
    let statement = statement(place, &batch, channel).map_err(Failure::Refused)?;
    answer(collect(connection, statement)).await.map_err(|error| match cause(&error) {
        Cause::Lost => Failure::Lost(error),
        _ => Failure::Refused(failed("appending", error)),
    })?;
    answer(control::commit(connection)).await.map_err(|error| match cause(&error) {
        Cause::Lost => Failure::InCommit(error),
        // A constraint that is only looked at now.
        _ => Failure::Refused(failed("appending", error)),
    })?;
    if tells {
        appender.telling.told();
    }
    Ok((outcomes, head, event))
}

/// Locks the head, and looks at the streams with a statement that comes after.
async fn look(
    place: &Place,
    connection: &mut PgConnection,
    appends: &[&Append],
    seen: Log,
) -> Result<(Vec<PgRow>, Vec<PgRow>), sqlx::Error> {
    control::begin(connection, place.texts.text(include_str!("../sql/begin_append.sql"))).await?;
    let head = Log::lock(connection, place, seen).await?;
    let statement = place
        .statement(include_str!("../sql/look.sql"))
        .bind(each(appends, |append| append.stream.kind.as_ref()))
        .bind(each(appends, |append| &*append.stream.id))
        .bind(each(appends, |append| append.command.0));
    let (streams, _) = collect(connection, statement).await?;
    Ok((head, streams))
}

/// What is known of the streams, with the entries of those commands that were handled.
async fn entries(
    place: &Place,
    connection: &mut PgConnection,
    appends: &[&Append],
    streams: &[PgRow],
) -> Result<Result<Vec<Known>, String>, sqlx::Error> {
    let mut known: Vec<Known> = appends.iter().map(|_| Known::default()).collect();
    for ((row, append), known) in streams.iter().zip(appends).zip(&mut known) {
        let read = || Ok((StreamState { version: unsigned(row, 1)?, closed: get(row, 2)? }, get(row, 3)?));
        let (stream, handled): (_, bool) = match read() {
            Ok(read) => read,
            Err(reason) => return Ok(Err(reason)),
        };
        known.stream = stream;
        if handled {
            let (rows, _) = collect(connection, ledger::statement(place, append.command)).await?;
            match ledger::first(&rows, append.command) {
                Ok(entry) => known.entry = entry,
                Err(reason) => return Ok(Err(reason)),
            }
        }
    }
    Ok(Ok(known))
}

fn statement<'q>(
    place: &Place,
    batch: &Batch<'q>,
    channel: Option<String>,
) -> Result<Statement<'q>, StoreError> {
    let appends: Vec<&Append> = batch.accepted.iter().map(|(append, _)| *append).collect();
    let statement = place
        .statement(include_str!("../sql/write.sql"))
        .bind(each(&appends, |append| append.command.0))
        .bind(each(&appends, |append| append.recording.name.as_str()))
        .bind(each(&appends, |append| append.recording.digest.cast_signed()))
        .bind(each(&appends, |append| append.recording.cause.map(|cause| cause.0)))
        .bind(each(&appends, |append| append.recording.at.as_millis()))
        .bind(batch.accepted.iter().map(|(_, appended)| bound(appended.first.0)).collect::<Vec<_>>())
        .bind(batch.accepted.iter().map(|(_, appended)| i64::from(appended.count)).collect::<Vec<_>>());
    let (mut positions, mut versions) = (Vec::new(), Vec::new());
    let (mut kinds, mut ids, mut closes) = (Vec::new(), Vec::new(), Vec::new());
    let mut events = Events::default();
    for (append, appended) in &batch.accepted {
        for (event, number) in append.events.iter().zip(0_u64..) {
            positions.push(bound(appended.first.0 + number));
            kinds.push(append.stream.kind.as_ref());
            ids.push(&*append.stream.id);
            versions.push(bound(appended.first_version + number));
            closes.push(append.closes && limit(append.events.len()) == bound(number + 1));
            events.push(event)?;
        }
    }
    let statement = statement
        .bind(positions)
        .bind(kinds)
        .bind(ids)
        .bind(versions)
        .bind(events.ids)
        .bind(events.names)
        .bind(events.payload_versions)
        .bind(events.contexts)
        .bind(events.correlation_ids)
        .bind(events.causation_ids)
        .bind(events.timestamps)
        .bind(closes)
        .bind(events.sizes)
        .bind(events.metadata)
        .bind(events.payloads)
        .bind(bound(batch.head))
        .bind(channel);
    Ok(statement)
}
