//! Appending with one script in one trip.
//!
//! The script takes positions from the head, which locks it; what comes after sees all that was committed before, and
//! inserts under guards: the streams end where the appends expect it, and unique keys tell of streams that go on and of
//! commands that were handled. The first statement that fails ends the script, and then everything is undone and left to
//! somebody who looks at each append. A client that is paused meanwhile holds up nobody: the server needs nothing more of it.

use super::{Appender, Log, Outcome, Writing, write};
use crate::{
    message::Position,
    mysql::{
        column::count,
        error::{Cause, cause, failed},
        place::Place,
        script::{Script, Value},
        statement::{Answered, Broken, run_script},
    },
    store::{
        Append, Appended, Begun, Expected, StoreError,
        values::{bound, limit, signed},
    },
};

/// The statement of the script that takes positions: the second one, behind the beginning of the transaction.
const TAKING: usize = 1;

/// How the attempt ended.
pub(super) enum Tried {
    /// All were answered.
    Done,
    /// These were not written; the head must be locked to see why.
    Lock(Vec<Begun>),
    /// These were not written, because somebody else holds the head, or the server lacks something.
    Refused(Vec<Begun>, StoreError),
    /// The connection was lost, so they may have been written.
    Lost(Vec<Begun>, sqlx::Error),
}

pub(super) async fn append(appender: &Appender, writing: &mut Writing, begun: Vec<Begun>) -> Tried {
    let place = &*appender.place;
    let appends: Vec<&Append> = begun.iter().map(Begun::append).collect();
    let script = script(place, &appends, appender.seen());
    drop(appends);
    let Ok(Some(script)) = script else { return Tried::Lock(begun) };
    let statements = script.statements;
    let run = async {
        let connection = writing.connection().await.map_err(|error| Broken { done: 0, error })?;
        run_script(connection, script.sql).await
    };
    match run.await {
        Ok(answers) => match read(&answers, &begun) {
            Ok(outcomes) => tell(appender, begun, outcomes),
            Err(reason) => Tried::Lost(begun, sqlx::Error::Protocol(reason)),
        },
        // Whether the last statement, which is the commit, has done its work, only the log can tell.
        Err(Broken { done, error }) if done + 1 >= statements || cause(&error) == Cause::Lost => {
            Tried::Lost(begun, error)
        }
        Err(Broken { error, .. }) => {
            writing.rollback().await;
            match cause(&error) {
                Cause::Busy | Cause::ReadOnly => Tried::Refused(begun, failed("appending", error)),
                _ => Tried::Lock(begun),
            }
        }
    }
}

/// Answers what was written.
fn tell(appender: &Appender, begun: Vec<Begun>, outcomes: Vec<Outcome>) -> Tried {
    let written = begun.iter().zip(&outcomes).filter_map(|(each, outcome)| {
        let appended = outcome.as_ref().ok()?;
        let last = each.append().events.last()?;
        Some((appended.first.0 + u64::from(appended.count) - 1, last.id.0))
    });
    if let ([each], [Ok(appended)]) = (begun.as_slice(), outcomes.as_slice()) {
        appender.keep(each.append(), *appended);
    }
    if let Some((head, event)) = written.max_by_key(|(head, _)| *head) {
        appender.advance(head, Some(event));
    }
    for (each, outcome) in begun.into_iter().zip(outcomes) {
        each.answer(outcome);
    }
    Tried::Done
}

/// What the script tells of each append: the base by the statement that has taken it, and the versions that were found.
fn read(answers: &[Answered], begun: &[Begun]) -> Result<Vec<Outcome>, String> {
    let taken = answers.get(TAKING).ok_or("it does not tell which positions were taken")?;
    let mut head = taken.last_insert_id;
    let row = answers.iter().find_map(|answered| answered.rows.first());
    let mut column = 0;
    let mut next = || {
        column += 1;
        count(row.ok_or("it does not tell which versions were found")?, column - 1)
    };
    begun
        .iter()
        .map(|each| {
            let append = each.append();
            let found = if must_be_found(append) { Some(next()?) } else { None };
            let count = u32::try_from(append.events.len()).unwrap_or(u32::MAX);
            let first = if count == 0 { head } else { head + 1 };
            head += u64::from(count);
            let first_version = match (append.expected, found) {
                _ if count == 0 => 0,
                (Expected::Version(version), _) => version + 1,
                (Expected::Any, found) => found.unwrap_or_default() + 1,
            };
            Ok(Ok(Appended { first: Position(first), first_version, count }))
        })
        .collect()
}

/// Whether the version of its stream must be looked up.
fn must_be_found(append: &Append) -> bool {
    append.expected == Expected::Any && !append.events.is_empty()
}

struct Prepared {
    sql: sqlx::SqlStr,
    statements: usize,
}

/// The script; `None` for what is too large for it or cannot succeed.
fn script(place: &Place, appends: &[&Append], seen: Log) -> Result<Option<Prepared>, StoreError> {
    let longest = place.longest_script();
    let bytes: usize = appends.iter().flat_map(|append| &append.events).map(|event| event.size()).sum();
    if bytes > longest {
        return Ok(None);
    }
    let total: usize = appends.iter().map(|append| append.events.len()).sum();
    let mut script = Script::new(&place.texts);
    take_positions(&mut script, appends, limit(total), seen)?;
    // Begin, update and set.
    let mut statements = 3;
    for (ordinal, append) in appends.iter().enumerate().filter(|(_, append)| must_be_found(append)) {
        let (kind, id) = (Value::Key(&append.stream.kind), Value::Key(&append.stream.id));
        script.push(include_str!("../sql/find_version.sql"), &[Value::Found(ordinal), kind, id]);
        statements += 1;
    }
    script.push_list(include_str!("../sql/insert_ledger.sql"), &[], |rows| {
        let mut behind = 0;
        for append in appends {
            let events = limit(append.events.len());
            write::ledger(rows, append, Value::BehindBase(behind + events.min(1)));
            behind += events;
        }
    });
    statements += 1;
    if total > 0 {
        let mut written = Ok(());
        script.push_list(include_str!("../sql/insert_events.sql"), &[], |rows| {
            written = events(rows, appends);
        });
        written?;
        statements += 1;
    }
    if appends.iter().any(|append| must_be_found(append)) {
        script.push_list(include_str!("../sql/taken.sql"), &[], |values| {
            for (ordinal, _) in appends.iter().enumerate().filter(|(_, append)| must_be_found(append)) {
                values.value(Value::BehindFound(ordinal, 0));
            }
        });
        statements += 1;
    }
    script.push(include_str!("../sql/commit.sql"), &[]);
    statements += 1;
    let fits = script.len() <= longest;
    Ok(fits.then(|| Prepared { sql: script.finish(), statements }))
}

/// Begins, and takes the positions under the guards of the log and of the streams that must be there.
fn take_positions(
    script: &mut Script<'_>,
    appends: &[&Append],
    total: i64,
    seen: Log,
) -> Result<(), StoreError> {
    let mut known = Vec::new();
    for append in appends.iter().filter(|append| !append.events.is_empty()) {
        if let Expected::Version(version @ 1..) = append.expected {
            let version = signed("version", version)?;
            known.push([
                Value::Key(&append.stream.kind),
                Value::Key(&append.stream.id),
                Value::Number(version),
            ]);
        }
    }
    let (head, event) = (Value::Number(bound(seen.head)), Value::OptionalUuid(seen.event));
    let incarnation = Value::Uuid(seen.incarnation);
    let log = [Value::Number(total), incarnation, Value::Number(seen.fence), head, event, head, event];
    if known.is_empty() {
        script.push(include_str!("../sql/take_positions.sql"), &log);
        return Ok(());
    }
    let [total, incarnation, fence, ..] = log;
    let streams = Value::Number(limit(known.len()));
    let values = [total, incarnation, fence, head, event, head, event, streams];
    script.push_list(include_str!("../sql/take_positions_behind.sql"), &values, |rows| {
        for stream in &known {
            rows.row(stream);
        }
    });
    Ok(())
}

fn events(rows: &mut crate::mysql::script::List<'_>, appends: &[&Append]) -> Result<(), StoreError> {
    let mut behind = 0;
    for (ordinal, append) in appends.iter().enumerate() {
        for (event, number) in append.events.iter().zip(1_i64..) {
            behind += 1;
            let version = match append.expected {
                Expected::Version(version) => Value::Number(bound(version).saturating_add(number)),
                Expected::Any => Value::BehindFound(ordinal, number),
            };
            let closes = append.closes && limit(append.events.len()) == number;
            let standing = write::Standing { position: Value::BehindBase(behind), version, closes };
            write::event(rows, event, standing)?;
        }
    }
    Ok(())
}
