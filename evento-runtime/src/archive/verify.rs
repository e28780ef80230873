//! Looking at archives without writing anything.

use std::path::{Path, PathBuf};

use super::{
    ArchiveError, ImportError, Phase, Progress, Summary,
    compare::{self, Positions},
    progress::{Listener, nobody},
    read::Reader,
};
use crate::store::{EventStore, LogTransfer};

/// Reads an archive to its end, by itself or beside a store.
///
/// ```no_run
/// # async fn example() -> Result<(), evento_runtime::archive::ArchiveError> {
/// use evento_runtime::archive::Verify;
/// let summary = Verify::file("log.jsonl").alone().await?;
/// println!("{} events of log {}, {}", summary.records, summary.header.log, summary.sha256);
/// # Ok(()) }
/// ```
#[must_use = "nothing is verified before `alone` or `against` is called"]
pub struct Verify<'v> {
    path: PathBuf,
    positions: Positions,
    progress: Listener<'v>,
}

impl<'v> Verify<'v> {
    /// Which archive.
    pub fn file(path: impl AsRef<Path>) -> Self {
        Self { path: path.as_ref().to_owned(), positions: Positions::Kept, progress: nobody() }
    }

    /// It was imported [renumbered](super::Import::renumbered).
    pub fn renumbered(mut self) -> Self {
        self.positions = Positions::Renumbered;
        self
    }

    /// Whom to tell how far it is, at least once.
    pub fn progress(mut self, listener: impl FnMut(&Progress) + Send + 'v) -> Self {
        self.progress = Box::new(listener);
        self
    }

    /// Whether the archive is whole and unchanged: every line, the count and the digest.
    ///
    /// # Errors
    /// See [`ArchiveError`].
    pub async fn alone(mut self) -> Result<Summary, ArchiveError> {
        let mut reader = Reader::open(&self.path).await?;
        let (after, total) = (reader.header().after, reader.header().span());
        let mut tell = |done| (self.progress)(&Progress { phase: Phase::Checking, done, total });
        tell(0);
        while let Some(group) = reader.group().await? {
            tell(group.last().map_or(0, |entry| entry.record.event.position.0.saturating_sub(after.0)));
        }
        tell(total);
        reader.summary()
    }

    /// Whether a store has every event of the archive, with the same content. It may have more.
    ///
    /// # Errors
    /// [`ImportError::Unverified`] names the first event that differs, [`ImportError::Archive`] what is wrong with the archive.
    pub async fn against<S: EventStore + LogTransfer + ?Sized>(
        mut self,
        store: &S,
    ) -> Result<Summary, ImportError> {
        compare::verify(&self.path, store, self.positions, &mut self.progress).await
    }
}
