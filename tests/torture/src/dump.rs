//! All that a store has in the end, read through the store, in a file for whoever counts.

use std::{
    collections::BTreeSet,
    fs::{self, File},
    io::{BufReader, BufWriter, Write},
    path::Path,
};

use anyhow::{Context, Result, ensure};
use evento_runtime::{
    message::CommandId,
    store::{LedgerOutcome, LogFilter, LogMark, LogQuery, Page, SharedStore, ViewMatch},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    database,
    journal::{self, Answer, Note},
    reader::{self, Seen},
    writer::Payload,
};

/// How much is read at once.
const PAGE: u32 = 1_000;

/// A store in the end.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Dump {
    pub(crate) head: u64,
    /// In the order in which they were read.
    pub(crate) events: Vec<Event>,
    pub(crate) readers: Vec<ReaderState>,
    /// What the ledger knows of commands that left no event.
    pub(crate) ledger: Vec<Entry>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Event {
    pub(crate) position: u64,
    pub(crate) id: Uuid,
    pub(crate) command: Uuid,
    pub(crate) name: String,
    pub(crate) stream: String,
    pub(crate) version: u64,
    pub(crate) payload: Payload,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ReaderState {
    pub(crate) number: u32,
    /// What it wants to see; nothing for all.
    pub(crate) names: Vec<String>,
    pub(crate) checkpoint: u64,
    pub(crate) seen: Vec<Seen>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) command: Uuid,
    /// The first position and the number of events; nothing for a rejection.
    pub(crate) accepted: Option<(u64, u32)>,
}

impl Dump {
    pub(crate) fn read(path: &Path) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
        Ok(serde_json::from_reader(BufReader::new(file))?)
    }
}

/// Writes what a store has into a file.
pub(crate) async fn run(address: &str, folder: &Path, readers: u32, path: &Path) -> Result<()> {
    let store = database::open(address, "dump").await?;
    let mut dump = Dump { head: store.head().await?.0, events: log(&store).await?, ..Dump::default() };
    for number in 0..readers {
        dump.readers.push(read_by(&store, number).await?);
    }
    for command in without_events(folder)? {
        if let Some(entry) = store.ledger_entry(CommandId(command)).await? {
            let accepted = match entry.outcome {
                LedgerOutcome::Accepted { first, count } => Some((first.0, count)),
                LedgerOutcome::Rejected { .. } => None,
            };
            dump.ledger.push(Entry { command, accepted });
        }
    }
    store.close().await;
    // All or nothing: whoever finds the file finds a whole one.
    let making = path.with_extension("making");
    let mut file = BufWriter::new(File::create(&making)?);
    serde_json::to_writer(&mut file, &dump)?;
    file.flush()?;
    fs::rename(&making, path).context("a dump cannot be put in its place")
}

async fn log(store: &SharedStore) -> Result<Vec<Event>> {
    let mut events = Vec::new();
    let mut after = LogMark::START;
    loop {
        let query = LogQuery {
            after,
            until: None,
            filter: LogFilter::default(),
            max_events: PAGE as usize,
            max_bytes: usize::MAX,
        };
        let page = store.read_log(&query).await?;
        for event in &page.events {
            events.push(Event {
                position: event.position.0,
                id: event.message.id.0,
                command: event.message.causation_id.0,
                name: event.message.name.to_string(),
                stream: event.message.stream.id.to_string(),
                version: event.message.version,
                payload: Payload::read(event)?,
            });
        }
        if page.events.is_empty() && page.scanned.position == after.position {
            return Ok(events);
        }
        ensure!(page.scanned.position > after.position, "a batch of the log leads nowhere behind {after:?}");
        after = page.scanned;
    }
}

async fn read_by(store: &SharedStore, number: u32) -> Result<ReaderState> {
    let record = store.consumer(&reader::consumer(number)).await?;
    let mut seen = Vec::new();
    for page in 0.. {
        let rows =
            store.find_view_rows(&reader::view(number), &ViewMatch::All, Page::new(page, PAGE)).await?;
        for row in &rows {
            seen.push(serde_json::from_str(row.get()).context("a row of a reader")?);
        }
        if rows.len() < PAGE as usize {
            break;
        }
    }
    Ok(ReaderState {
        number,
        names: reader::names(number).iter().map(ToString::to_string).collect(),
        checkpoint: record.map_or(0, |record| record.checkpoint.0),
        seen,
    })
}

/// The commands that were answered and have no event, or may have none.
fn without_events(folder: &Path) -> Result<BTreeSet<Uuid>> {
    let journals = journal::read_all(folder)?;
    let ends = journals.into_values().flatten().filter_map(|note| match note {
        Note::End(end) => Some(end),
        _ => None,
    });
    let without = ends.filter(|end| match end.answer {
        Answer::Rejected | Answer::KnownRejection => true,
        Answer::Accepted { count, .. } | Answer::Duplicate { count, .. } => count == 0,
        _ => false,
    });
    Ok(without.map(|end| end.command).collect())
}
