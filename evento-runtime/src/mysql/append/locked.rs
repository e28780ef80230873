//! Appending under the lock of the head: what the fast way could not be sure of.
//!
//! The lock is taken by a statement of its own. The next one sees everything that was committed before, so what it finds
//! stands until the end, and the rules are applied here, to one append after the other.

use sqlx::{MySqlConnection, mysql::MySqlRow};
use uuid::Uuid;

use super::{
    Appender, Log, Outcome, Writing,
    settle::settle,
    write::{self, Standing},
};
use crate::{
    message::EventMessage,
    mysql::{
        column::{get, unsigned},
        error::{Cause, cause, corrupt, failed},
        ledger,
        place::Place,
        script::{Script, Value},
        statement::{Broken, Statement, answer, collect, run_script},
    },
    store::{
        Append, AppendError, Batch, Begun, Known, StoreError, StreamState, answer_all, decide,
        values::{bound, limit, metadata_json},
    },
};

/// How often is begun again when the connection is lost before the commit.
const TRIES: usize = 3;

/// Why nothing was written, or why nobody knows.
enum Failure {
    /// The connection was lost before the commit, or the server has undone everything, so nothing was.
    Again(sqlx::Error),
    /// The connection was lost in the commit.
    InCommit(sqlx::Error),
    /// Nothing was, and it concerns all of them.
    All(AppendError),
    /// The server refused what one of them wrote.
    Refused(StoreError),
}

impl Failure {
    /// Of a statement that writes nothing of theirs.
    fn of(doing: &str, error: sqlx::Error) -> Self {
        match cause(&error) {
            Cause::Lost | Cause::Collision => Self::Again(error),
            _ => Self::All(failed(doing, error).into()),
        }
    }

    /// Of a statement that writes.
    fn writing(error: sqlx::Error) -> Self {
        match cause(&error) {
            Cause::Lost | Cause::Collision => Self::Again(error),
            Cause::Busy | Cause::ReadOnly => Self::All(failed("appending", error).into()),
            _ => Self::Refused(failed("appending", error)),
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
            Err(Failure::Again(error)) => {
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
    let look = look(place, appends, appender.seen());
    if look.as_str().len() > place.largest() {
        // Each of them fits.
        let error = StoreError::Failed { reason: "too many long ids at once".to_owned(), source: None };
        return Err(Failure::Refused(error));
    }
    let looked = run_script(connection, look).await;
    let looked = looked.map_err(|broken| Failure::of(doing, broken.error))?;
    let mut found = looked.iter().filter(|answered| !answered.rows.is_empty());
    // The first one is the lock.
    let head = found.nth(1).and_then(|answered| answered.rows.first());
    let (log, same) = Log::compared(head).map_err(|error| Failure::All(error.into()))?;
    appender.find(log, same).map_err(Failure::All)?;
    let rows = found.next().map_or(&[][..], |answered| &answered.rows);
    let known = appends.iter().zip(rows).map(|(append, row)| known(append, row));
    let known = known.collect::<Result<Vec<Known>, String>>();
    let known = known.map_err(|reason| Failure::All(corrupt("what is known of streams", reason).into()))?;
    if known.len() != appends.len() {
        return Err(Failure::All(corrupt("what is known of streams", "some of it is missing").into()));
    }
    let (outcomes, batch) = decide(log.head, appends.iter().copied().zip(known));
    let (head, event) = (batch.head, batch.last_event());
    if batch.accepted.is_empty() {
        writing.rollback().await;
        return Ok((outcomes, head, event));
    }
    write(place, connection, &batch).await?;
    Ok((outcomes, head, event))
}

/// Locks the head, and looks at the streams with a statement that comes after.
fn look(place: &Place, appends: &[&Append], seen: Log) -> sqlx::SqlStr {
    let mut script = Script::new(&place.texts);
    script.push(include_str!("../sql/begin_append.sql"), &[]);
    seen.lock(&mut script);
    script.push_list(include_str!("../sql/look.sql"), &[], |list| {
        for (append, ordinal) in appends.iter().zip(0..) {
            let (kind, id) = (Value::Key(&append.stream.kind), Value::Key(&append.stream.id));
            let command = Value::Uuid(append.command.0);
            list.union(include_str!("../sql/look_for.sql"), &[Value::Number(ordinal), kind, id, command]);
        }
    });
    script.finish()
}

/// What is known of an append, as a row tells it.
fn known(append: &Append, row: &MySqlRow) -> Result<Known, String> {
    let version = get::<Option<i64>>(row, 1)?.unwrap_or_default();
    let version = u64::try_from(version).map_err(|_| format!("version {version} is out of range"))?;
    let closed = get::<Option<i64>>(row, 2)?.unwrap_or_default() != 0;
    let stream = StreamState { version, closed };
    let handled = unsigned::<u64>(row, 10)? != 0;
    let entry = handled.then(|| ledger::decode(row, 3, append.command)).transpose()?;
    Ok(Known { stream, entry })
}

/// An event with its place.
pub(super) struct Placed<'b> {
    pub(super) event: &'b EventMessage,
    pub(super) position: i64,
    pub(super) version: i64,
    pub(super) closes: bool,
}

/// Why events were not written.
pub(super) enum Unwritten {
    /// The server said so.
    Refused(sqlx::Error),
    /// They cannot be encoded.
    Unencoded(StoreError),
}

impl Unwritten {
    pub(super) fn into_store_error(self, refused: impl FnOnce(sqlx::Error) -> StoreError) -> StoreError {
        match self {
            Self::Refused(error) => refused(error),
            Self::Unencoded(error) => error,
        }
    }
}

impl From<Unwritten> for Failure {
    fn from(unwritten: Unwritten) -> Self {
        match unwritten {
            Unwritten::Refused(error) => Self::writing(error),
            Unwritten::Unencoded(error) => Self::Refused(error),
        }
    }
}

/// The accepted events with their places.
fn placed<'b>(batch: &'b Batch<'b>) -> impl Iterator<Item = Placed<'b>> {
    batch.accepted.iter().flat_map(|(append, appended)| {
        append.events.iter().zip(0_u64..).map(move |(event, number)| Placed {
            event,
            position: bound(appended.first.0 + number),
            version: bound(appended.first_version + number),
            closes: append.closes && limit(append.events.len()) == bound(number + 1),
        })
    })
}

/// Writes what was accepted in as few trips as the server takes, and commits with the last one.
async fn write(place: &Place, connection: &mut MySqlConnection, batch: &Batch<'_>) -> Result<(), Failure> {
    let mut script = Script::new(&place.texts);
    script.push_list(include_str!("../sql/insert_ledger.sql"), &[], |rows| {
        for (append, appended) in &batch.accepted {
            write::ledger(rows, append, Value::Number(bound(appended.first.0)));
        }
    });
    let mut script = write_events(place, connection, script, placed(batch)).await?;
    script.push(include_str!("../sql/move_head.sql"), &[Value::Number(bound(batch.head))]);
    script.push(include_str!("../sql/commit.sql"), &[]);
    let Err(Broken { error, .. }) = run_script(connection, script.finish()).await else { return Ok(()) };
    Err(match cause(&error) {
        // It may have come to the commit.
        Cause::Lost | Cause::Collision => Failure::InCommit(error),
        _ => Failure::writing(error),
    })
}

/// Writes events behind what a script has. Returns the script that is still to be run.
pub(super) async fn write_events<'t>(
    place: &'t Place,
    connection: &mut MySqlConnection,
    mut script: Script<'t>,
    events: impl Iterator<Item = Placed<'_>>,
) -> Result<Script<'t>, Unwritten> {
    // In a script, an event may take twice its size.
    let part = place.longest_script() / 4;
    let (mut gathered, mut bytes) = (Vec::new(), 0);
    for placed in events {
        let size = placed.event.size();
        if bytes + size > part {
            push_events(&mut script, &gathered).map_err(Unwritten::Unencoded)?;
            (gathered, bytes) = (Vec::new(), 0);
            let full = std::mem::replace(&mut script, Script::new(&place.texts));
            if !full.is_empty() {
                let done = run_script(connection, full.finish()).await;
                done.map_err(|broken| Unwritten::Refused(broken.error))?;
            }
        }
        if size > part {
            let statement = alone(place, &placed).map_err(Unwritten::Unencoded)?;
            answer(collect(connection, statement)).await.map_err(Unwritten::Refused)?;
        } else {
            bytes += size;
            gathered.push(placed);
        }
    }
    push_events(&mut script, &gathered).map_err(Unwritten::Unencoded)?;
    Ok(script)
}

fn push_events(script: &mut Script<'_>, events: &[Placed<'_>]) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    let mut written = Ok(());
    script.push_list(include_str!("../sql/insert_events.sql"), &[], |rows| {
        written = events.iter().try_for_each(|placed| {
            let standing = Standing {
                position: Value::Number(placed.position),
                version: Value::Number(placed.version),
                closes: placed.closes,
            };
            write::event(rows, placed.event, standing)
        });
    });
    written
}

/// The statement for an event that is too large for scripts.
fn alone<'q>(place: &Place, placed: &Placed<'q>) -> Result<Statement<'q>, StoreError> {
    let event = placed.event;
    let statement = place
        .statement(include_str!("../sql/insert_event.sql"))
        .bind(placed.position)
        .bind(event.stream.kind.as_bytes())
        .bind(event.stream.id.as_bytes())
        .bind(placed.version)
        .bind(event.id.0)
        .bind(event.name.as_bytes())
        .bind(i64::from(event.payload_version))
        .bind(event.context.as_str().as_bytes())
        .bind(event.correlation_id.0)
        .bind(event.causation_id.0)
        .bind(event.timestamp.as_millis())
        .bind(placed.closes)
        .bind(placed.closes.then_some(placed.position))
        .bind(limit(event.size()))
        .bind(metadata_json(event)?)
        .bind(event.payload.get());
    Ok(statement)
}
