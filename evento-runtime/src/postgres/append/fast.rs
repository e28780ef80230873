//! Appending with one statement in one trip.
//!
//! The statement looks, takes positions from the head and inserts. The commonest append has a statement of its own, which
//! does without telling what it saw; the statement for groups tells. What it saw is older than the moment at which it got the
//! head; a unique violation tells of what came between, and undoes all of it. Everything that it cannot be sure of is left to
//! somebody who locks the head first.

use sqlx::postgres::PgRow;
use uuid::Uuid;

use super::{Appender, Log, Outcome, Writing};
use crate::{
    message::{EventMessage, Position},
    postgres::{
        column::{get, unsigned},
        control,
        error::{Cause, cause},
        place::Place,
        statement::{Statement, answer, collect},
    },
    store::{
        Append, AppendError, Appended, Begun, Expected, StoreError,
        values::{bound, limit, metadata_json},
    },
};

/// How the attempt ended.
pub(super) enum Tried {
    /// All were answered.
    Done,
    /// These were not written; the head must be locked to see why.
    Lock(Vec<Begun>),
    /// The connection was lost, so they may have been written.
    Lost(Vec<Begun>, sqlx::Error),
}

pub(super) async fn append(appender: &Appender, writing: &mut Writing, begun: Vec<Begun>) -> Tried {
    let place = &*appender.place;
    let seen = appender.seen();
    let appends: Vec<&Append> = begun.iter().map(Begun::append).collect();
    let channel = appender.telling.channel();
    let tells = channel.is_some();
    let mut written = match one(place, &appends, seen, &channel) {
        Some(Ok(statement)) => {
            run(place, writing, statement).await.and_then(|rows| read_one(&rows, &appends))
        }
        Some(Err(_)) => return Tried::Lock(begun),
        None => Ok(None),
    };
    // One that was not written, or is not alone, is looked at.
    if let Ok(None) = written {
        let Ok(statement) = group(place, &appends, seen, channel) else { return Tried::Lock(begun) };
        let rows = run(place, writing, statement).await;
        written = rows.and_then(|rows| read(place, &rows, &appends).map(Some));
    }
    drop(appends);
    match written {
        Ok(outcomes) => tell(appender, begun, outcomes.unwrap_or_default(), tells),
        Err(error) => match cause(&error) {
            Cause::Lost => Tried::Lost(begun, error),
            cause => {
                if cause == Cause::Collision {
                    place.be_explicit();
                }
                writing.rollback().await;
                Tried::Lock(begun)
            }
        },
    }
}

async fn run(
    place: &Place,
    writing: &mut Writing,
    statement: Statement<'_>,
) -> Result<Vec<PgRow>, sqlx::Error> {
    let explicit = place.is_explicit();
    let connection = writing.connection().await?;
    let run = async {
        if explicit {
            control::begin(connection, place.texts.text(include_str!("../sql/begin_append.sql"))).await?;
        }
        let (rows, _) = collect(connection, statement).await?;
        if explicit {
            control::commit(connection).await?;
        }
        Ok(rows)
    };
    answer(run).await
}

/// Answers what is certain. `tells` says whether what was written has told of itself.
fn tell(appender: &Appender, begun: Vec<Begun>, outcomes: Vec<Option<Outcome>>, tells: bool) -> Tried {
    let written = begun.iter().zip(&outcomes).filter_map(|(each, outcome)| {
        let appended = outcome.as_ref()?.as_ref().ok()?;
        let last = each.append().events.last()?;
        Some((appended.first.0 + u64::from(appended.count) - 1, last.id.0))
    });
    if let ([each], [Some(Ok(appended))]) = (begun.as_slice(), outcomes.as_slice()) {
        appender.keep(each.append(), *appended);
    }
    if let Some((head, event)) = written.max_by_key(|(head, _)| *head) {
        appender.advance(head, Some(event));
        if tells {
            appender.telling.told();
        }
    }
    let mut left = Vec::new();
    for (each, outcome) in begun.into_iter().zip(outcomes) {
        match outcome {
            Some(outcome) => each.answer(outcome),
            None => left.push(each),
        }
    }
    if left.is_empty() { Tried::Done } else { Tried::Lock(left) }
}

/// What the only row says of the only append; `None` when it was not written.
fn read_one(rows: &[PgRow], appends: &[&Append]) -> Result<Option<Vec<Option<Outcome>>>, sqlx::Error> {
    let (Some(row), [append]) = (rows.first(), appends) else { return Ok(None) };
    let first = Position(unsigned(row, 0).map_err(sqlx::Error::Protocol)?);
    let first_version = match append.expected {
        Expected::Version(version) => version + 1,
        Expected::Any => return Ok(None),
    };
    Ok(Some(vec![Some(Ok(Appended { first, first_version, count: 1 }))]))
}

/// What the rows say of each append; `None` where they do not say it for certain.
fn read(place: &Place, rows: &[PgRow], appends: &[&Append]) -> Result<Vec<Option<Outcome>>, sqlx::Error> {
    let mut outcomes: Vec<Option<Outcome>> = appends.iter().map(|_| None).collect();
    for row in rows {
        let (index, outcome) = read_row(place, row, appends).map_err(sqlx::Error::Protocol)?;
        outcomes[index] = outcome;
    }
    Ok(outcomes)
}

/// Which append a row tells of, and what it says.
fn read_row(place: &Place, row: &PgRow, appends: &[&Append]) -> Result<(usize, Option<Outcome>), String> {
    let ordinal: usize = unsigned(row, 0)?;
    let found = ordinal.checked_sub(1).and_then(|index| Some((index, *appends.get(index)?)));
    let (index, append) = found.ok_or_else(|| format!("there is no append {ordinal}"))?;
    let actual: u64 = unsigned(row, 1)?;
    let (closed, handled, same): (bool, bool, bool) = (get(row, 2)?, get(row, 3)?, get(row, 4)?);
    let waits: bool = get(row, 5)?;
    if !waits {
        place.be_explicit();
    }
    let outcome = match get::<Option<i64>>(row, 6)? {
        Some(first) => {
            let first = u64::try_from(first).map_err(|_| format!("position {first} is out of range"))?;
            let count = u32::try_from(append.events.len()).unwrap_or(u32::MAX);
            let first_version = if count > 0 { actual + 1 } else { 0 };
            Some(Ok(Appended { first: Position(first), first_version, count }))
        }
        None if handled || !same || !waits || append.events.is_empty() => None,
        None if closed => Some(Err(AppendError::Closed { stream: append.stream.clone() })),
        None => match append.expected {
            // The statement looks for nothing below what is expected, so it cannot say how far such a stream has come.
            Expected::Version(expected) if actual < expected => None,
            Expected::Version(expected) if expected != actual => {
                Some(Err(AppendError::Conflict { stream: append.stream.clone(), actual }))
            }
            _ => None,
        },
    };
    Ok((index, outcome))
}

/// The statement for the commonest append: alone, one event, at an expected version.
fn one<'q>(
    place: &Place,
    appends: &[&'q Append],
    seen: Log,
    channel: &Option<String>,
) -> Option<Result<Statement<'q>, StoreError>> {
    let [append] = appends else { return None };
    let ([event], Expected::Version(expected)) = (append.events.as_slice(), append.expected) else {
        return None;
    };
    let expected = i64::try_from(expected).ok()?;
    let metadata = match metadata_json(event) {
        Ok(metadata) => metadata,
        Err(error) => return Some(Err(error)),
    };
    let recording = &append.recording;
    let statement = place
        .statement(include_str!("../sql/append_one.sql"))
        .bind(append.command.0)
        .bind(recording.name.as_str())
        .bind(recording.digest.cast_signed())
        .bind(recording.cause.map(|cause| cause.0))
        .bind(recording.at.as_millis())
        .bind(append.stream.kind.as_ref())
        .bind(&*append.stream.id)
        .bind(expected)
        .bind(event.id.0)
        .bind(event.name.as_ref())
        .bind(i64::from(event.payload_version))
        .bind(event.context.as_str())
        .bind(event.correlation_id.0)
        .bind(event.causation_id.0)
        .bind(event.timestamp.as_millis())
        .bind(append.closes)
        .bind(limit(event.size()))
        .bind(metadata)
        .bind(event.payload.get())
        .bind(seen.incarnation)
        .bind(seen.fence)
        .bind(bound(seen.head))
        .bind(seen.event)
        .bind(channel.clone());
    Some(Ok(statement))
}

/// The statement for any appends of different streams and commands.
fn group<'q>(
    place: &Place,
    appends: &[&'q Append],
    seen: Log,
    channel: Option<String>,
) -> Result<Statement<'q>, StoreError> {
    let expected = |append: &&Append| match append.expected {
        // A version that no stream can have is -1.
        Expected::Version(version) => Some(i64::try_from(version).unwrap_or(-1)),
        Expected::Any => None,
    };
    let statement = place
        .statement(include_str!("../sql/append_group.sql"))
        .bind(each(appends, |append| append.stream.kind.as_ref()))
        .bind(each(appends, |append| &*append.stream.id))
        .bind(appends.iter().map(expected).collect::<Vec<Option<i64>>>())
        .bind(each(appends, |append| append.command.0))
        .bind(each(appends, |append| append.recording.name.as_str()))
        .bind(each(appends, |append| append.recording.digest.cast_signed()))
        .bind(each(appends, |append| append.recording.cause.map(|cause| cause.0)))
        .bind(each(appends, |append| append.recording.at.as_millis()))
        .bind(each(appends, |append| limit(append.events.len())));
    let mut of = Vec::new();
    let mut ordinals = Vec::new();
    let mut closes = Vec::new();
    let mut events = Events::default();
    for (append, ordinal) in appends.iter().zip(1_i64..) {
        for (event, number) in append.events.iter().zip(1..) {
            of.push(ordinal);
            ordinals.push(number);
            closes.push(append.closes && limit(append.events.len()) == number);
            events.push(event)?;
        }
    }
    let statement = statement
        .bind(of)
        .bind(ordinals)
        .bind(events.ids)
        .bind(events.names)
        .bind(events.payload_versions)
        .bind(events.contexts)
        .bind(events.correlation_ids)
        .bind(events.causation_ids)
        .bind(events.timestamps)
        .bind(events.metadata)
        .bind(events.payloads)
        .bind(closes)
        .bind(events.sizes)
        .bind(seen.incarnation)
        .bind(seen.fence)
        .bind(bound(seen.head))
        .bind(seen.event)
        .bind(channel);
    Ok(statement)
}

/// One value of each append.
pub(super) fn each<'q, T>(appends: &[&'q Append], value: impl Fn(&'q Append) -> T) -> Vec<T> {
    appends.iter().map(|append| value(append)).collect()
}

/// Events by their columns, as statements take them.
#[derive(Default)]
pub(super) struct Events<'q> {
    pub(super) ids: Vec<Uuid>,
    pub(super) names: Vec<&'q str>,
    pub(super) payload_versions: Vec<i64>,
    pub(super) contexts: Vec<&'q str>,
    pub(super) correlation_ids: Vec<Uuid>,
    pub(super) causation_ids: Vec<Uuid>,
    pub(super) timestamps: Vec<i64>,
    pub(super) sizes: Vec<i64>,
    pub(super) metadata: Vec<String>,
    pub(super) payloads: Vec<&'q str>,
}

impl<'q> Events<'q> {
    pub(super) fn push(&mut self, event: &'q EventMessage) -> Result<(), StoreError> {
        self.ids.push(event.id.0);
        self.names.push(&event.name);
        self.payload_versions.push(i64::from(event.payload_version));
        self.contexts.push(event.context.as_str());
        self.correlation_ids.push(event.correlation_id.0);
        self.causation_ids.push(event.causation_id.0);
        self.timestamps.push(event.timestamp.as_millis());
        self.sizes.push(limit(event.size()));
        self.metadata.push(metadata_json(event)?);
        self.payloads.push(event.payload.get());
        Ok(())
    }
}
