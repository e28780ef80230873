//! The count: what workers noted, compared with what the store has.

mod answers;
mod lived;
mod log;
mod report;
mod seen;
mod work;

use std::{collections::HashMap, path::Path, process::ExitCode};

use anyhow::{Result, ensure};
use uuid::Uuid;

use self::report::Report;
pub(crate) use self::seen::{SeenCounts, compare};
use crate::{
    dump::{Dump, Entry, Event},
    journal::{self, Note},
};

/// The notes of each worker.
type Journals = std::collections::BTreeMap<String, Vec<Note>>;

/// A log that can be looked up.
struct Log<'d> {
    dump: &'d Dump,
    positions: HashMap<u64, &'d Event>,
    ledger: HashMap<Uuid, &'d Entry>,
}

impl<'d> Log<'d> {
    fn of(dump: &'d Dump) -> Self {
        let positions = dump.events.iter().map(|event| (event.position, event)).collect();
        let ledger = dump.ledger.iter().map(|entry| (entry.command, entry)).collect();
        Self { dump, positions, ledger }
    }

    /// Whether this very event is there.
    fn has(&self, position: u64, id: Uuid) -> bool {
        self.positions.get(&position).is_some_and(|event| event.id == id)
    }

    /// The events behind one position up to another, as a reader with this filter sees them.
    fn between(&self, after: u64, until: u64, names: &[&str]) -> Vec<(u64, Uuid)> {
        let events = (after + 1..=until).filter_map(|position| self.positions.get(&position));
        let wanted = events.filter(|event| names.is_empty() || names.contains(&event.name.as_str()));
        wanted.map(|event| (event.position, event.id)).collect()
    }
}

/// The log in the end, and the one that an older copy took the place of.
struct Logs<'d> {
    last: Log<'d>,
    replaced: Option<Log<'d>>,
}

impl<'d> Logs<'d> {
    fn all(&self) -> impl Iterator<Item = &Log<'d>> {
        std::iter::once(&self.last).chain(&self.replaced)
    }
}

/// Counts, prints a line for each count, and says whether all is as it must be.
pub(crate) fn run(folder: &Path, last: &Path, replaced: Option<&Path>) -> Result<ExitCode> {
    let journals = journal::read_all(folder)?;
    ensure!(!journals.is_empty(), "there are no journals in {}", folder.display());
    let last = Dump::read(last)?;
    let replaced = replaced.map(Dump::read).transpose()?;
    let logs = Logs { last: Log::of(&last), replaced: replaced.as_ref().map(Log::of) };
    let report = count(&journals, &logs);
    print!("{report}");
    Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn count(journals: &Journals, logs: &Logs<'_>) -> Report {
    let mut report = Report::default();
    answers::count(journals, logs, &mut report);
    logs.all().for_each(|log| log::count(log, &mut report));
    seen::count(journals, logs, &mut report);
    lived::count(journals, logs, &mut report);
    work::count(journals, logs, &mut report);
    report
}

#[cfg(test)]
mod tests;
