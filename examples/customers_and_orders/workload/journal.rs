//! What a process was told, in a file that outlives it.
//!
//! A note is one line and one write, so that a kill leaves whole lines behind: what a process has handed to the operating system
//! stays there.

use std::{
    fmt,
    fs::{self, File, OpenOptions},
    io::Write,
    path::Path,
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use evento::prelude::*;
use thiserror::Error;

/// The ending of the names of journals.
const EXTENSION: &str = "journal";

/// Writes the journal of a process. The clones are one.
#[derive(Clone)]
pub struct Journal(Arc<File>);

/// One note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// An order was acknowledged.
    Order { order: String, customer: String, total: u64 },
    /// A cancellation was acknowledged.
    Cancelled { order: String },
    /// A command ended in a way in which none should.
    Unexpected { error: String },
    /// A fault struck the handler of a component for the event at this position, at this time.
    Fault { kind: String, component: String, position: u64, at: u128 },
    /// The process became ready or not, or for other reasons, at this time.
    Health { at: u128, is_ready: bool, reasons: String },
    /// A consumer stood still, and `health()` said that all was well.
    StoodStill { consumer: String },
    /// The process was ready when it ended.
    Ended { is_ready: bool },
}

#[derive(Debug, Error)]
#[error("`{0}` is no note of a journal")]
struct NoNote(String);

impl Journal {
    pub fn create(folder: &Path, name: &str) -> Result<Self> {
        fs::create_dir_all(folder)?;
        let path = folder.join(name).with_extension(EXTENSION);
        let file = OpenOptions::new().append(true).create_new(true).open(path)?;
        Ok(Self(Arc::new(file)))
    }

    pub fn note(&self, note: &Note) -> Result<()> {
        Ok((&*self.0).write_all(format!("{note}\n").as_bytes())?)
    }
}

/// The notes of each process of a run, by its name.
pub fn read_all(folder: &Path) -> Result<Vec<(String, Vec<Note>)>> {
    let mut journals = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == EXTENSION) {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let notes = fs::read_to_string(&path)?.lines().map(Note::read).collect::<Result<_>>()?;
            journals.push((name, notes));
        }
    }
    journals.sort_by(|(a, _), (b, _)| a.cmp(b));
    Ok(journals)
}

/// Milliseconds since the Unix epoch, by the clock that all processes of a machine share.
pub fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis()
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Order { order, customer, total } => write!(f, "order {order} {customer} {total}"),
            Self::Cancelled { order } => write!(f, "cancelled {order}"),
            Self::Unexpected { error } => write!(f, "unexpected {}", error.replace('\n', " ")),
            Self::Fault { kind, component, position, at } => {
                write!(f, "fault {kind} {component} {position} {at}")
            }
            Self::Health { at, is_ready, reasons } => {
                write!(f, "health {at} {is_ready} {}", reasons.replace('\n', " "))
            }
            Self::StoodStill { consumer } => write!(f, "still {consumer}"),
            Self::Ended { is_ready } => write!(f, "ended {is_ready}"),
        }
    }
}

impl Note {
    fn read(line: &str) -> Result<Self> {
        let bad = || NoNote(line.to_owned());
        let (kind, rest) = line.split_once(' ').ok_or_else(bad)?;
        let all: Vec<&str> = rest.split(' ').collect();
        let words: Vec<&str> = rest.splitn(3, ' ').collect();
        if let ("fault", [kind, component, position, at]) = (kind, &*all) {
            let (kind, component) = ((*kind).to_owned(), (*component).to_owned());
            return Ok(Self::Fault { kind, component, position: position.parse()?, at: at.parse()? });
        }
        Ok(match (kind, &*words) {
            ("order", [order, customer, total]) => {
                Self::Order { order: (*order).into(), customer: (*customer).into(), total: total.parse()? }
            }
            ("cancelled", [order]) => Self::Cancelled { order: (*order).into() },
            ("unexpected", _) => Self::Unexpected { error: rest.into() },
            ("health", [at, is_ready, reasons]) => {
                Self::Health { at: at.parse()?, is_ready: is_ready.parse()?, reasons: (*reasons).into() }
            }
            ("still", _) => Self::StoodStill { consumer: rest.into() },
            ("ended", [is_ready]) => Self::Ended { is_ready: is_ready.parse()? },
            _ => return Err(bad().into()),
        })
    }
}
