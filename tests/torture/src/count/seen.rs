//! Whether readers have seen every event once, and nothing else.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use uuid::Uuid;

use super::{Journals, Log, Logs, report::Report};
use crate::{
    dump::ReaderState,
    era::AFTER_RETURN,
    journal::{Batch, Note},
    reader,
};

const UNSEEN: &str = "events a reader passed and never saw";
const TWICE: &str = "events a reader saw twice beyond its checkpoint";
const STRANGE: &str = "events a reader saw that the log has not";
const BACK: &str = "checkpoints that went back";
const BEHIND: &str = "readers that have not come to the head";

/// How what was seen differs from what was there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SeenCounts {
    /// There, and passed without being seen.
    pub(crate) unseen: u64,
    /// Seen more than once.
    pub(crate) twice: u64,
    /// Seen, and not there.
    pub(crate) strange: u64,
}

impl fmt::Display for SeenCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, what) in [(self.unseen, UNSEEN), (self.twice, TWICE), (self.strange, STRANGE)] {
            writeln!(f, "{number:>9}  {what}")?;
        }
        Ok(())
    }
}

/// Compares what a reader has seen with all that it should have.
pub(crate) fn compare(wanted: &[(u64, Uuid)], seen: impl Iterator<Item = (u64, Uuid)>) -> SeenCounts {
    let mut times: BTreeMap<(u64, Uuid), u64> = BTreeMap::new();
    for event in seen {
        *times.entry(event).or_default() += 1;
    }
    let wanted: BTreeSet<(u64, Uuid)> = wanted.iter().copied().collect();
    let mut counts = SeenCounts::default();
    for (event, times) in &times {
        if wanted.contains(event) { counts.twice += times - 1 } else { counts.strange += times }
    }
    counts.unseen = wanted.iter().filter(|event| !times.contains_key(event)).count() as u64;
    counts
}

pub(super) fn count(journals: &Journals, logs: &Logs<'_>, report: &mut Report) {
    for line in [UNSEEN, TWICE, STRANGE, BACK, BEHIND] {
        report.wrong(line, 0);
    }
    for log in logs.all() {
        log.dump.readers.iter().for_each(|reader| in_store(log, reader, report));
    }
    for reader in &logs.last.dump.readers {
        if reader.checkpoint != logs.last.dump.head {
            let (at, head) = (reader.checkpoint, logs.last.dump.head);
            report.mistake(BEHIND, || format!("reader {} is at {at} of {head}", reader.number));
        }
    }
    for (worker, notes) in journals {
        in_journal(worker, notes, logs, report);
    }
}

/// What the reader has written with its checkpoints.
fn in_store(log: &Log<'_>, reader: &ReaderState, report: &mut Report) {
    let names: Vec<&str> = reader.names.iter().map(String::as_str).collect();
    let wanted = log.between(0, reader.checkpoint, &names);
    let seen = reader.seen.iter().flat_map(|row| row.events.iter().copied());
    tell(&format!("reader {} in the store", reader.number), compare(&wanted, seen), report);
}

fn tell(whose: &str, counts: SeenCounts, report: &mut Report) {
    for (line, number) in [(UNSEEN, counts.unseen), (TWICE, counts.twice), (STRANGE, counts.strange)] {
        if number > 0 {
            report.mistake(line, || format!("{whose}: {number}"));
            report.wrong(line, number - 1);
        }
    }
}

/// What a process noted at once, also that which it did not live to write with a checkpoint.
fn in_journal(worker: &str, notes: &[Note], logs: &Logs<'_>, report: &mut Report) {
    let Some(number) = reader_number(worker) else { return };
    let names = reader::names(number);
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    // Up to where this process knows itself to be done, and in which era it was.
    let mut done: Option<(u64, u8)> = None;
    let mut era = 0;
    for note in notes {
        match note {
            Note::Claimed { checkpoint, era: now, .. } => {
                era = *now;
                if done.is_some_and(|(done, then)| *checkpoint < done && then.max(1) == era.max(1)) {
                    report.mistake(BACK, || format!("{worker}: from {done:?} to {checkpoint}"));
                }
                done = Some((*checkpoint, era));
            }
            Note::Read(batch) => {
                era = batch.era;
                if let Some((done, _)) = done {
                    let again = batch.events.iter().filter(|(position, _)| *position <= done).count();
                    report.wrong(TWICE, again as u64);
                }
                read(worker, batch, &names, logs, report);
            }
            Note::Committed { checkpoint } => done = Some((*checkpoint, era)),
            _ => {}
        }
    }
}

/// A batch must be what one of the logs has between the same positions.
fn read(worker: &str, batch: &Batch, names: &[&str], logs: &Logs<'_>, report: &mut Report) {
    let against = |log: &Log<'_>| {
        let wanted = log.between(batch.after, batch.scanned, names);
        let reached = batch.scanned <= log.dump.head;
        (reached && wanted == batch.events, compare(&wanted, batch.events.iter().copied()))
    };
    let mut possible = vec![against(&logs.last)];
    if batch.era < AFTER_RETURN {
        possible.extend(logs.replaced.as_ref().map(against));
    }
    if possible.iter().any(|(same, _)| *same) {
        return;
    }
    // The later log is the larger one of those that it can have been.
    let (_, mut counts) = possible.pop().expect("there is a log");
    if counts == SeenCounts::default() {
        counts.strange = 1;
    }
    let (after, scanned) = (batch.after, batch.scanned);
    tell(&format!("{worker} from {after} to {scanned}"), counts, report);
}

/// The number of a reader in the name of a worker: `reader-2-1` is the first process of reader 2.
pub(super) fn reader_number(worker: &str) -> Option<u32> {
    worker.strip_prefix("reader-")?.split('-').next()?.parse().ok()
}
