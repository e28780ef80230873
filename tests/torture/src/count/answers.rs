//! Whether the log has what writers were told that it has, and has not what they were told that it has not.

use std::collections::{BTreeMap, HashSet};

use uuid::Uuid;

use super::{Journals, Log, Logs, report::Report};
use crate::{
    era::{AFTER_RETURN, BEFORE_COPY},
    journal::{Answer, End, Note},
};

const MISSING: &str = "acknowledged commands missing";
const REFUSED: &str = "commands stored although they were refused";
const BACK: &str = "acknowledged commands that went back with the log";

pub(super) fn count(journals: &Journals, logs: &Logs<'_>, report: &mut Report) {
    for line in [MISSING, REFUSED] {
        report.wrong(line, 0);
    }
    let mut attempts: BTreeMap<Uuid, Attempts> = BTreeMap::new();
    for (worker, notes) in journals {
        for note in notes {
            match note {
                Note::Send(send) => attempts.entry(send.sending).or_default().sent += 1,
                Note::End(end) => {
                    acknowledged(worker, end, logs, report);
                    let attempts = attempts.entry(end.sending).or_default();
                    attempts.refused += u64::from(refuses(&end.answer));
                    attempts.last_era = attempts.last_era.max(end.era);
                }
                _ => {}
            }
        }
    }
    refused(&attempts, logs, report);
}

/// What was sent once or several times.
#[derive(Default)]
struct Attempts {
    sent: u64,
    refused: u64,
    last_era: u8,
}

/// Whether the answer says for certain that this attempt has stored nothing.
fn refuses(answer: &Answer) -> bool {
    match answer {
        Answer::Duplicate { .. }
        | Answer::KnownRejection
        | Answer::Conflict { .. }
        | Answer::Closed
        | Answer::Expired
        | Answer::WentBack
        | Answer::Failed => true,
        Answer::Accepted { .. } | Answer::Rejected | Answer::Unknown | Answer::Cancelled | Answer::Hung => {
            false
        }
    }
}

fn acknowledged(worker: &str, end: &End, logs: &Logs<'_>, report: &mut Report) {
    if !says_it_is_there(&end.answer) || has(&logs.last, end) {
        return;
    }
    // What was answered before the copy was taken is in the copy; what was sent after the return was never in the log that
    // it replaced. Of the rest, that log says what became of it.
    let may_be_gone = end.sent < AFTER_RETURN && end.era > BEFORE_COPY;
    if may_be_gone && logs.replaced.as_ref().is_some_and(|replaced| has(replaced, end)) {
        report.told(BACK, 1);
    } else {
        report.mistake(MISSING, || format!("{worker}: {end:?}"));
    }
}

fn says_it_is_there(answer: &Answer) -> bool {
    matches!(
        answer,
        Answer::Accepted { .. } | Answer::Duplicate { .. } | Answer::Rejected | Answer::KnownRejection
    )
}

/// Whether a log has what the answer says.
fn has(log: &Log<'_>, end: &End) -> bool {
    let events = |first: u64, count: u32, fits: &dyn Fn(u64, Uuid) -> bool| {
        (0..u64::from(count)).all(|number| {
            log.positions.get(&(first + number)).is_some_and(|event| {
                event.command == end.command
                    && u64::from(event.payload.number) == number + 1
                    && event.payload.of == count
                    && fits(event.version.wrapping_sub(number), event.payload.sending)
            })
        })
    };
    match end.answer {
        Answer::Accepted { first, count: 0, .. } | Answer::Duplicate { first, count: 0 } => {
            log.ledger.get(&end.command).is_some_and(|entry| entry.accepted == Some((first, 0)))
        }
        Answer::Accepted { first, version, count } => {
            events(first, count, &|begins, sending| begins == version && sending == end.sending)
        }
        Answer::Duplicate { first, count } => events(first, count, &|_, _| true),
        Answer::Rejected | Answer::KnownRejection => {
            log.ledger.get(&end.command).is_some_and(|entry| entry.accepted.is_none())
        }
        _ => true,
    }
}

fn refused(attempts: &BTreeMap<Uuid, Attempts>, logs: &Logs<'_>, report: &mut Report) {
    let stored = |log: &Log<'_>| -> HashSet<Uuid> {
        log.dump.events.iter().map(|event| event.payload.sending).collect()
    };
    let (last, replaced) = (stored(&logs.last), logs.replaced.as_ref().map(stored).unwrap_or_default());
    for (sending, attempts) in attempts.iter().filter(|(_, attempts)| attempts.refused == attempts.sent) {
        // A log that is no more cannot be asked: what was refused after it had gone may have been in it.
        let in_replaced = attempts.last_era < AFTER_RETURN && replaced.contains(sending);
        if last.contains(sending) || in_replaced {
            report.mistake(REFUSED, || format!("sending {sending}"));
        }
    }
}
