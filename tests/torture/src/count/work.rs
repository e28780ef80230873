//! What was done at all: a run in which nothing happened proves nothing.

use super::{Journals, Logs, report::Report};
use crate::journal::{Answer, Note};

const HUNG: &str = "calls that did not end";
const PERMANENT: &str = "failures of the store that it says will not pass";
const IDLE: &str = "readers and writers of which no process got anything done";

pub(super) fn count(journals: &Journals, logs: &Logs<'_>, report: &mut Report) {
    for line in [HUNG, PERMANENT, IDLE] {
        report.wrong(line, 0);
    }
    for line in ["accepted with one event", "accepted with several events", "accepted without events"] {
        report.needed(line, 0);
    }
    for (worker, notes) in journals {
        for note in notes {
            match note {
                Note::End(end) => answer(&end.answer, report),
                Note::Hung { doing } => report.mistake(HUNG, || format!("{worker}: {doing}")),
                Note::Permanent { error } => report.mistake(PERMANENT, || format!("{worker}: {error}")),
                Note::Trouble { .. } => report.told("failures that readers got over", 1),
                Note::Fenced => report.told("readers fenced by another process", 1),
                _ => {}
            }
        }
    }
    idle(journals, report);
    report.told("events", logs.last.dump.events.len() as u64);
    report.told("processes that wrote or read", journals.len() as u64);
}

fn answer(answer: &Answer, report: &mut Report) {
    match answer {
        Answer::Accepted { count: 0, .. } => report.needed("accepted without events", 1),
        Answer::Accepted { count: 1, .. } => report.needed("accepted with one event", 1),
        Answer::Accepted { .. } => report.needed("accepted with several events", 1),
        Answer::Duplicate { .. } | Answer::KnownRejection => report.needed("handled before", 1),
        Answer::Rejected => report.needed("recorded as rejected", 1),
        Answer::Conflict { .. } => report.needed("in conflict", 1),
        Answer::Closed => report.needed("behind the end of a stream", 1),
        Answer::Expired => report.needed("expired", 1),
        Answer::Cancelled => report.needed("given up by their caller", 1),
        Answer::Failed => report.told("commands that the store refused for now", 1),
        Answer::Unknown => report.told("commands of which nobody knew what became", 1),
        Answer::WentBack => report.told("commands refused because the log went back", 1),
        Answer::Hung => {}
    }
}

/// Each worker by its role and number: `writer-0` of the process `writer-0-3`.
fn idle(journals: &Journals, report: &mut Report) {
    let mut work: std::collections::BTreeMap<&str, u64> = std::collections::BTreeMap::new();
    for (worker, notes) in journals {
        let name = worker.rsplit_once('-').map_or(worker.as_str(), |(name, _)| name);
        let done = notes.iter().filter(|note| match note {
            Note::End(end) => matches!(end.answer, Answer::Accepted { .. }),
            Note::Committed { .. } => true,
            _ => false,
        });
        *work.entry(name).or_default() += done.count() as u64;
    }
    for (name, _) in work.into_iter().filter(|(_, done)| *done == 0) {
        report.mistake(IDLE, || name.to_owned());
    }
}
