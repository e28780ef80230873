//! What a worker notes of its doings, in a file that survives it.
//!
//! A note is one line and one write, so that a kill leaves whole lines behind: what a process has handed to the operating
//! system stays there.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    io::Write,
    path::Path,
    sync::{Mutex, PoisonError},
};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The ending of the names of journals.
const ENDING: &str = "journal";

/// One note.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) enum Note {
    /// A writer is about to send a command.
    Send(Send),
    /// A writer was told how that ended.
    End(End),
    /// A reader has its consumer, or goes on after a failure.
    Claimed {
        /// The number of the claim.
        epoch: u64,
        /// Where it goes on.
        checkpoint: u64,
        /// The era, looked up after that.
        era: u8,
    },
    /// A reader was given a batch of the log.
    Read(Batch),
    /// A reader has moved its checkpoint.
    Committed {
        /// To this position.
        checkpoint: u64,
    },
    /// The store says to a reader that the log went back.
    WentBack,
    /// Another process has the reader now; this one ends.
    Fenced,
    /// The store failed a reader in a way that may pass.
    Trouble {
        /// What was tried, and what the store said.
        error: String,
    },
    /// The store failed in a way that it says will not pass.
    Permanent {
        /// What was tried, and what the store said.
        error: String,
    },
    /// A call did not end in any reasonable time.
    Hung {
        /// Which one.
        doing: String,
    },
    /// A reader has seen everything up to the head, and ends.
    Done {
        /// The head.
        head: u64,
    },
}

/// A command on its way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Send {
    /// Its id.
    pub(crate) command: Uuid,
    /// Names this sending, which events carry: several writers may send one command.
    pub(crate) sending: Uuid,
    /// How many events it has; none when it is a rejection.
    pub(crate) count: u32,
    /// Whether a rejection is recorded, instead of events appended.
    pub(crate) rejects: bool,
    /// The era, looked up before it was sent.
    pub(crate) era: u8,
}

/// How a command ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct End {
    /// Its id.
    pub(crate) command: Uuid,
    /// Which sending of it.
    pub(crate) sending: Uuid,
    /// What the store said.
    pub(crate) answer: Answer,
    /// The era when it was sent.
    pub(crate) sent: u8,
    /// The era, looked up after the answer.
    pub(crate) era: u8,
}

/// What the store says of a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Answer {
    /// Stored.
    Accepted {
        /// The first position, or the head of a command without events.
        first: u64,
        /// The first version.
        version: u64,
        /// How many events.
        count: u32,
    },
    /// Handled before, with events or without.
    Duplicate {
        /// The first position.
        first: u64,
        /// How many events.
        count: u32,
    },
    /// Handled before, with a rejection.
    KnownRejection,
    /// The rejection is recorded.
    Rejected,
    /// The stream is at another version.
    Conflict {
        /// At this one.
        actual: u64,
    },
    /// The stream is at its end.
    Closed,
    /// The deadline passed before it began.
    Expired,
    /// The log went back; nothing was stored.
    WentBack,
    /// The store failed; nothing was stored.
    Failed,
    /// Nobody knows.
    Unknown,
    /// The caller went away before it was told.
    Cancelled,
    /// It did not end in any reasonable time.
    Hung,
}

/// What a reader was given.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Batch {
    /// Behind this position.
    pub(crate) after: u64,
    /// Up to and with this position.
    pub(crate) scanned: u64,
    /// Positions and ids of the events.
    pub(crate) events: Vec<(u64, Uuid)>,
    /// The era, looked up before it was asked for.
    pub(crate) era: u8,
}

/// A journal that is being written.
pub(crate) struct Journal(Mutex<File>);

impl Journal {
    /// The journal of a worker, which is new.
    pub(crate) fn create(folder: &Path, worker: &str) -> Result<Self> {
        let path = folder.join(format!("{worker}.{ENDING}"));
        let file = File::options().create_new(true).append(true).open(&path);
        Ok(Self(Mutex::new(file.with_context(|| format!("{} cannot be made", path.display()))?)))
    }

    /// Notes something. It is in the hands of the operating system when this returns.
    pub(crate) fn note(&self, note: &Note) -> Result<()> {
        let mut line = serde_json::to_vec(note).context("a note is not JSON")?;
        line.push(b'\n');
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&line).context("a journal cannot be written")
    }
}

/// All journals of a folder, by worker.
pub(crate) fn read_all(folder: &Path) -> Result<BTreeMap<String, Vec<Note>>> {
    let mut journals = BTreeMap::new();
    for entry in fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))? {
        let path = entry?.path();
        let Some(worker) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
        if path.extension().is_some_and(|ending| ending == ENDING) {
            let notes = read(&path).with_context(|| format!("the journal of {worker}"))?;
            journals.insert(worker.to_owned(), notes);
        }
    }
    Ok(journals)
}

fn read(path: &Path) -> Result<Vec<Note>> {
    let text = fs::read_to_string(path)?;
    // A kill may have left the beginning of a line.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    whole.lines().map(|line| serde_json::from_str(line).with_context(|| line.to_owned())).collect()
}
