//! Writing archives.

use std::{
    collections::HashMap,
    ffi::OsString,
    io,
    path::{Path, PathBuf},
};

use tokio::{
    fs,
    io::{AsyncWrite, AsyncWriteExt, BufWriter},
};

use super::{
    ExportError, FORMAT, Header, Phase, Progress, Summary,
    digest::Digest,
    format::{Trailer, encode, line},
    progress::{Listener, nobody},
    scan::Scan,
    streams::Begun,
};
use crate::{
    message::{Context, Position, Timestamp},
    store::{EventStore, LogTransfer, StoreError},
};

/// Exports a log, or a part of it. The application may go on: what is appended meanwhile is not in the archive.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use evento_runtime::{archive::Export, memory::MemoryStore};
///
/// let store = MemoryStore::new();
/// let mut archive = Vec::new();
/// let summary = Export::of(&store)
///     .stream_kind("Account")
///     .progress(|so_far| println!("{} of {}", so_far.done, so_far.total))
///     .write_to(&mut archive)
///     .await?;
/// assert_eq!(summary.records, 0);
/// # Ok(()) }
/// ```
#[must_use = "nothing is exported before `to_file` or `write_to` is called"]
pub struct Export<'e, S: ?Sized> {
    store: &'e S,
    after: Position,
    until: Option<Position>,
    events: Vec<String>,
    contexts: Vec<Context>,
    stream_kind: Option<String>,
    recorded_until: Option<Timestamp>,
    progress: Listener<'e>,
}

impl<'e, S: EventStore + LogTransfer + ?Sized> Export<'e, S> {
    /// The whole log of a store, as it is when the export begins.
    pub fn of(store: &'e S) -> Self {
        Self {
            store,
            after: Position::START,
            until: None,
            events: Vec::new(),
            contexts: Vec::new(),
            stream_kind: None,
            recorded_until: None,
            progress: nobody(),
        }
    }

    /// Only events behind this position.
    pub fn after(mut self, position: Position) -> Self {
        self.after = position;
        self
    }

    /// Only events up to and with this position.
    pub fn until(mut self, position: Position) -> Self {
        self.until = Some(position);
        self
    }

    /// Only events of these stored names. Streams of which that leaves some events out cannot be imported.
    pub fn events<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.events = names.into_iter().map(Into::into).collect();
        self
    }

    /// Only events of these contexts.
    pub fn contexts(mut self, contexts: impl IntoIterator<Item = Context>) -> Self {
        self.contexts = contexts.into_iter().collect();
        self
    }

    /// Only streams of this type: the stored name of an aggregate or service.
    pub fn stream_kind(mut self, name: impl Into<String>) -> Self {
        self.stream_kind = Some(name.into());
        self
    }

    /// Only events that were recorded at this time or before. The times are those of the processes that appended, so they need
    /// not ascend with the positions.
    pub fn recorded_until(mut self, time: Timestamp) -> Self {
        self.recorded_until = Some(time);
        self
    }

    /// Whom to tell how far it is, at least once.
    pub fn progress(mut self, listener: impl FnMut(&Progress) + Send + 'e) -> Self {
        self.progress = Box::new(listener);
        self
    }

    /// Exports into a new file. It gets its name when it is whole and on the disk, and is called `NAME.partial` until then, in
    /// place of one that an earlier export has left.
    ///
    /// # Errors
    /// [`ExportError::Exists`] when there is a file of that name, or has come meanwhile, and those of [`write_to`](Self::write_to).
    pub async fn to_file(self, path: impl AsRef<Path>) -> Result<Summary, ExportError> {
        let path = path.as_ref();
        if fs::try_exists(path).await? {
            return Err(ExportError::Exists { path: path.to_owned() });
        }
        let partial = partial(path);
        let mut file = BufWriter::new(fs::File::create(&partial).await?);
        let summary = self.write_to(&mut file).await?;
        file.into_inner().sync_all().await?;
        name(fs::hard_link(&partial, path).await, &partial, path).await?;
        Ok(summary)
    }

    /// Exports to wherever bytes are taken, as fast as they are. One that breaks off lacks its last line, and is refused when it
    /// is imported.
    ///
    /// # Errors
    /// [`ExportError::Store`] when the store fails or the log goes back, [`ExportError::Io`] when nothing more is taken.
    pub async fn write_to<W: AsyncWrite + Unpin + Send + ?Sized>(
        mut self,
        to: &mut W,
    ) -> Result<Summary, ExportError> {
        let head = self.store.head().await?;
        let header = self.header(head).await?;
        let mut lines = Lines { to, digest: Digest::default() };
        lines.write(&line(&header).map_err(unencoded)?).await?;
        let (mut records, mut last) = (0, Position::START);
        let mut scan = Scan::new(self.store, &header);
        let mut begun = header.may_break_streams().then(Begun::default);
        let total = header.span();
        (self.progress)(&Progress { phase: Phase::Exporting, done: 0, total });
        while let Some(group) = scan.next().await? {
            let follows = match &mut begun {
                Some(begun) => begun.follows(self.store, &group).await?,
                None => HashMap::new(),
            };
            for record in &group {
                let follows = follows.get(&record.event.position).copied();
                lines.write(&encode(record, follows).map_err(unencoded)?).await?;
                last = record.event.position;
            }
            records += group.len() as u64;
            let done = scan.place().0.saturating_sub(header.after.0).min(total);
            (self.progress)(&Progress { phase: Phase::Exporting, done, total });
        }
        let sha256 = lines.digest.finish();
        let trailer = Trailer { records, sha256: sha256.clone() };
        lines.to.write_all(&line(&trailer).map_err(unencoded)?).await?;
        lines.to.flush().await?;
        Ok(Summary { header, records, last, sha256 })
    }

    async fn header(&mut self, head: Position) -> Result<Header, StoreError> {
        let until = self.until.map_or(head, |until| until.min(head));
        if self.after > head {
            return Err(StoreError::LogWentBack { seen: self.after, found: head });
        }
        Ok(Header {
            format: FORMAT,
            log: self.store.incarnation().await?,
            after: self.after,
            until: until.max(self.after),
            events: std::mem::take(&mut self.events),
            contexts: std::mem::take(&mut self.contexts),
            stream_kind: self.stream_kind.take(),
            recorded_until: self.recorded_until,
        })
    }
}

/// Where lines go, with their digest.
struct Lines<'w, W: ?Sized> {
    to: &'w mut W,
    digest: Digest,
}

impl<W: AsyncWrite + Unpin + Send + ?Sized> Lines<'_, W> {
    async fn write(&mut self, line: &[u8]) -> io::Result<()> {
        self.digest.update(line);
        self.to.write_all(line).await
    }
}

/// The file that is not whole yet.
fn partial(path: &Path) -> PathBuf {
    let mut name = path.file_name().map_or_else(OsString::new, OsString::from);
    name.push(".partial");
    path.with_file_name(name)
}

/// Gives a file that is whole its name, after a link of that name was tried. It takes no other file's place, also not that of one
/// that has come meanwhile.
async fn name(linked: io::Result<()>, partial: &Path, path: &Path) -> Result<(), ExportError> {
    use io::ErrorKind::{AlreadyExists, PermissionDenied, Unsupported};
    let named = match linked {
        Ok(()) => return Ok(fs::remove_file(partial).await?),
        // Not every file system has links, and these are the ways in which they say so.
        Err(error) if matches!(error.kind(), Unsupported | PermissionDenied) => rename(partial, path).await,
        Err(error) => Err(error),
    };
    match named {
        Err(error) if error.kind() == AlreadyExists => {
            // That it stays there is less than what is to be told.
            let _ = fs::remove_file(partial).await;
            Err(ExportError::Exists { path: path.to_owned() })
        }
        named => Ok(named?),
    }
}

/// Renames a file, unless there is one of that name. To rename replaces what is there, so the name is taken by an empty file first,
/// which nobody else can take from then on.
async fn rename(partial: &Path, path: &Path) -> io::Result<()> {
    drop(fs::File::create_new(path).await?);
    let renamed = fs::rename(partial, path).await;
    if renamed.is_err() {
        // It is ours, and empty.
        let _ = fs::remove_file(path).await;
    }
    renamed
}

fn unencoded(error: serde_json::Error) -> io::Error {
    io::Error::other(error)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A folder with a file that is whole, and what becomes of it when a link fails so, or not at all.
    async fn named(linked: Option<io::ErrorKind>, there: Option<&str>) -> (Result<(), ExportError>, String) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log.jsonl");
        let partial = partial(&path);
        fs::write(&partial, "whole").expect("a file");
        if let Some(text) = there {
            fs::write(&path, text).expect("a file");
        }
        let result = name(linked.map_or(Ok(()), |kind| Err(kind.into())), &partial, &path).await;
        let files = [("partial", partial), ("named", path)].into_iter();
        let left =
            files.filter_map(|(what, file)| Some(format!("{what}: {}", fs::read_to_string(file).ok()?)));
        (result, left.collect::<Vec<_>>().join(", "))
    }

    #[tokio::test]
    async fn a_file_gets_its_name_where_there_are_no_links() {
        for kind in [io::ErrorKind::Unsupported, io::ErrorKind::PermissionDenied] {
            let (result, left) = named(Some(kind), None).await;
            assert!(result.is_ok() && left == "named: whole", "{kind}: {result:?}, {left}");
        }
    }

    #[tokio::test]
    async fn a_file_that_has_come_meanwhile_keeps_its_name() {
        let ways =
            [io::ErrorKind::AlreadyExists, io::ErrorKind::Unsupported, io::ErrorKind::PermissionDenied];
        for kind in ways {
            let (result, left) = named(Some(kind), Some("another")).await;
            assert!(matches!(result, Err(ExportError::Exists { .. })), "{kind}: {result:?}");
            assert_eq!(left, "named: another", "{kind}");
        }
    }

    #[tokio::test]
    async fn a_link_that_fails_otherwise_replaces_nothing() {
        for there in [None, Some("another")] {
            let (result, left) = named(Some(io::ErrorKind::StorageFull), there).await;
            assert!(matches!(result, Err(ExportError::Io(_))), "{result:?}");
            assert_eq!(left.contains("named: another"), there.is_some(), "{left}");
            assert!(left.contains("partial: whole"), "what was exported is not lost: {left}");
        }
    }
}
