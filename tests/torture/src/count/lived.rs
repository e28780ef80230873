//! Whether those who lived through the return to an older copy were told.

use super::{Journals, Log, Logs, report::Report, seen::reader_number};
use crate::{
    era::AFTER_RETURN,
    journal::{Answer, Note},
};

const UNTOLD: &str = "processes that lived through the return of an older copy and were not told";
const TOLD: &str = "processes that were told that the log went back";

pub(super) fn count(journals: &Journals, logs: &Logs<'_>, report: &mut Report) {
    report.wrong(UNTOLD, 0);
    if logs.replaced.is_none() {
        return;
    }
    report.needed(TOLD, 0);
    for (worker, notes) in journals {
        let (saw, told, went_on) = if reader_number(worker).is_some() {
            reader(notes, &logs.last)
        } else {
            writer(notes, &logs.last)
        };
        if told {
            report.needed(TOLD, 1);
        } else if saw && went_on {
            report.mistake(UNTOLD, || worker.clone());
        }
    }
}

/// Whether it has seen what is gone, was told that it is gone, and has got answers from the log that came instead.
fn writer(notes: &[Note], last: &Log<'_>) -> (bool, bool, bool) {
    let (mut saw, mut told, mut went_on) = (false, false, false);
    for note in notes {
        let Note::End(end) = note else { continue };
        match end.answer {
            Answer::WentBack => told = true,
            Answer::Accepted { first, count, .. } if count > 0 => {
                let is_there = last.positions.get(&first).is_some_and(|event| {
                    event.command == end.command && event.payload.sending == end.sending
                });
                saw |= !is_there;
                went_on |= is_there && saw && end.sent == AFTER_RETURN;
            }
            _ => {}
        }
    }
    (saw, told, went_on)
}

/// The same of a reader.
fn reader(notes: &[Note], last: &Log<'_>) -> (bool, bool, bool) {
    let (mut saw, mut told, mut went_on) = (false, false, false);
    for note in notes {
        match note {
            Note::WentBack => told = true,
            Note::Read(batch) => {
                saw |= batch.events.iter().any(|(position, id)| !last.has(*position, *id));
                went_on |= saw && batch.era == AFTER_RETURN;
            }
            _ => {}
        }
    }
    (saw, told, went_on)
}
