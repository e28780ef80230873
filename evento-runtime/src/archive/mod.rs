//! Archives: the log of a store as a file of JSON lines, to be kept, or to be imported into another store.
//!
//! The first line says of which log the archive is and what was selected, each line behind it holds one event with all that the
//! log keeps of it, and the last one counts them and has the SHA-256 of all lines before. An archive of the same part of a log
//! is the same file, byte for byte, whichever store it comes from.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use evento_runtime::{archive::{Export, Import}, memory::MemoryStore};
//!
//! let (old, new) = (MemoryStore::new(), MemoryStore::new());
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join("log.jsonl");
//! let exported = Export::of(&old).to_file(&path).await?;
//! let imported = Import::from_file(&path).into_store(&new).await?;
//! assert_eq!(exported.sha256, imported.archive.sha256);
//! # Ok(()) }
//! ```

mod compare;
mod digest;
mod error;
mod export;
mod format;
mod import;
mod progress;
mod read;
mod scan;
mod streams;
mod verify;

pub use self::{
    error::{ArchiveError, ExportError, ImportError},
    export::Export,
    format::{FORMAT, Header},
    import::{Import, Imported},
    progress::{Phase, Progress},
    verify::Verify,
};

use crate::message::Position;

/// What an archive holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Of which log it is, and what was selected.
    pub header: Header,
    /// How many events it has, those included of which only the place is left.
    pub records: u64,
    /// The position of the last event; that of the start when there is none.
    pub last: Position,
    /// The SHA-256 of all lines but the last, in hexadecimal digits.
    pub sha256: String,
}

/// How many events are handled at once, at most.
const GROUP: usize = 500;
/// How many bytes of events are handled at once, unless a single one has more.
const GROUP_BYTES: usize = 4 * 1024 * 1024;
