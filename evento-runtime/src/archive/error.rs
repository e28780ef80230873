//! What can be wrong.

use std::{io, path::PathBuf};

use thiserror::Error;
use uuid::Uuid;

use super::FORMAT;
use crate::{
    message::{Position, StreamId},
    store::{ConsumerId, StoreError},
};

/// Why a file cannot be read as an archive.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ArchiveError {
    /// The file cannot be read.
    #[error("the archive {} cannot be read", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: io::Error,
    },
    /// It is something else.
    #[error("{} is no archive: its first line must be the header of one ({reason})", path.display())]
    NotAnArchive {
        /// Which file.
        path: PathBuf,
        /// What is wrong with its first line.
        reason: String,
    },
    /// A newer version of the library has written it.
    #[error("the archive {} has format {found}, this program knows {FORMAT}: use a newer build of the program", path.display())]
    NewerFormat {
        /// Which file.
        path: PathBuf,
        /// The format that it has.
        found: u32,
    },
    /// A line is no event, or not the next one.
    #[error("line {line} of the archive {} is wrong: {reason}; export it again", path.display())]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// Which line, counted from 1.
        line: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// The last line is not there: writing it broke off, or copying it.
    #[error("the archive {} is cut off in or behind line {line}: its last line is missing; export or copy it again", path.display())]
    CutOff {
        /// Which file.
        path: PathBuf,
        /// The last line that was begun or read.
        line: u64,
    },
    /// Something was changed in it, or it holds more or less than its last line says.
    #[error(
        "the archive {} was changed after it was written: it has {found_records} events with the digest {found}, and should have {records} with {expected}; use an unchanged copy",
        path.display()
    )]
    Altered {
        /// Which file.
        path: PathBuf,
        /// How many events it should have.
        records: u64,
        /// How many it has.
        found_records: u64,
        /// The digest that its last line says.
        expected: String,
        /// The digest that it has.
        found: String,
    },
}

/// Why an export did not come to its end.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ExportError {
    /// There is such a file already. Nothing was changed.
    #[error("{} is there already: remove it, or name another file", path.display())]
    Exists {
        /// Which file.
        path: PathBuf,
    },
    /// The archive cannot be written.
    #[error("the archive cannot be written")]
    Io(#[from] io::Error),
    /// The store failed.
    #[error("the log cannot be exported")]
    Store(#[from] StoreError),
}

/// Why an import did not come to its end. What was written before stays, and the same import goes on behind it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImportError {
    /// The archive is of no use. Nothing was written, unless it was changed while it was read.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The archive has a part of the log only, so that positions cannot be kept. Nothing was written.
    #[error(
        "the archive has only a part of the log ({part}): import it `renumbered`, or export the whole log"
    )]
    Partial {
        /// What was left out.
        part: String,
    },
    /// The store has another log. Nothing was written.
    #[error(
        "the store has a log of its own ({found}), and the archive is of {expected}: import it into an empty store, or `renumbered`"
    )]
    AnotherLog {
        /// The log of the archive.
        expected: Uuid,
        /// That of the store.
        found: Uuid,
    },
    /// Store and archive have grown apart: there is another event at this position. Nothing was written.
    #[error(
        "the store has another event at position {position} than the archive: both went on apart; import it into an empty store"
    )]
    Diverged {
        /// The first such position.
        position: Position,
    },
    /// The store has the stream already, with other events. Nothing was written, unless somebody else began it meanwhile.
    #[error(
        "the store has {stream} already, with another event as version {version}: leave it out of the archive, or import into another store"
    )]
    StreamTaken {
        /// The first such stream.
        stream: StreamId,
        /// The version at which the two differ. When the archive has only the end of the stream, it may be that of the event before it.
        version: u64,
    },
    /// The archive lacks events of a stream, so that its aggregate could not be loaded. Nothing was written, unless the archive is of a
    /// whole log: no export of one has such a hole, and it is found when the group with the event is to be written.
    #[error(
        "the archive lacks version {missing} of {stream}, before position {position}: export whole streams, without a filter that leaves some of their events out"
    )]
    BrokenStream {
        /// Which stream.
        stream: StreamId,
        /// The first version that is missing.
        missing: u64,
        /// The position in the archive of the event that should follow it.
        position: Position,
    },
    /// An event follows the end of a stream that was closed. Nothing was written, unless the archive is of a whole log: no export of one
    /// has such an event, and it is found when the group with it is to be written.
    #[error("event {position} of the archive follows the end of {stream}, which is deleted")]
    Closed {
        /// Which stream.
        stream: StreamId,
        /// The position.
        position: Position,
    },
    /// An observer or saga of the store would handle the imported events as new ones. Nothing was written.
    #[error(
        "`{consumer}` would take all that is imported for new events, and send commands for it: import before an application is first started on the store, or say `even_if_observed`"
    )]
    Observed {
        /// The first such consumer.
        consumer: ConsumerId,
    },
    /// Somebody else appends to the store. The groups before stay.
    #[error(
        "somebody else appends to the store, which ended at {expected} and ends at {found}: stop the applications that use it, and import again"
    )]
    Moved {
        /// Where the log ended.
        expected: Position,
        /// Where it ends now.
        found: Position,
    },
    /// All was written, but what is read back is something else.
    #[error("what the store gives back differs from the archive at position {position}: {reason}")]
    Unverified {
        /// The first such position, as the archive counts.
        position: Position,
        /// What is different.
        reason: String,
    },
    /// The store failed.
    #[error("the store failed while importing")]
    Store(#[from] StoreError),
}

impl ImportError {
    /// Whether the same import may succeed later without anybody's doing: it goes on where it was.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_transient())
    }
}
