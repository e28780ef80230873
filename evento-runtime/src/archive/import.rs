//! Importing archives.

use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::{
    Header, ImportError, Phase, Progress, Summary,
    compare::{Positions, counterparts, verify},
    progress::{Listener, nobody},
    read::Reader,
    streams::Streams,
};
use crate::{
    message::Position,
    store::{CheckpointStore, EventStore, LogImport, LogImportError, LogMark, LogRecord, LogTransfer},
};

/// How often is begun again when somebody else has appended meanwhile.
const TRIES: usize = 100;

/// Imports an archive.
///
/// The archive is read to its end and compared with the store before anything is written. Then its events are written in groups,
/// each in a transaction of its own, and in the end read back and compared with the archive.
///
/// An import that was interrupted, at whatever moment, is called again: it finds what is there by the identities of the events, and
/// goes on behind it. One that is done writes nothing.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use evento_runtime::{archive::Import, open_store};
/// let store = open_store("sqlite:new.db").await?;
/// let imported = Import::from_file("log.jsonl")
///     .progress(|so_far| println!("{}: {} of {}", so_far.phase, so_far.done, so_far.total))
///     .into_store(&*store)
///     .await?;
/// println!("{} events, up to {}", imported.written, imported.head);
/// # Ok(()) }
/// ```
#[must_use = "nothing is imported before `into_store` is called"]
pub struct Import<'i> {
    path: PathBuf,
    positions: Positions,
    even_if_observed: bool,
    progress: Listener<'i>,
}

/// What was imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// What the archive holds; all of it is in the store.
    pub archive: Summary,
    /// How many events were written now. The others were there before.
    pub written: u64,
    /// The end of the log of the store.
    pub head: Position,
}

/// What the archive lacks in the store, as far as it is known before anything is written.
struct Missing {
    header: Header,
    records: u64,
}

impl<'i> Import<'i> {
    /// An archive, with its positions: the store becomes a copy of the log. It must have no events, or those that an earlier import
    /// of this archive or of an earlier one of the same log has left.
    pub fn from_file(path: impl AsRef<Path>) -> Self {
        Self {
            path: path.as_ref().to_owned(),
            positions: Positions::Kept,
            even_if_observed: false,
            progress: nobody(),
        }
    }

    /// Appends the events behind what is in the store, at new positions, in their order. The streams must be new to the store, or
    /// come from an earlier import; of those of which the archive has only the end, the store must have the event before that.
    pub fn renumbered(mut self) -> Self {
        self.positions = Positions::Renumbered;
        self
    }

    /// Imports also when an observer or a saga is known to the store. It handles the imported events as if they had just happened,
    /// and sends its commands.
    pub fn even_if_observed(mut self) -> Self {
        self.even_if_observed = true;
        self
    }

    /// Whom to tell how far it is, at least once for each phase.
    pub fn progress(mut self, listener: impl FnMut(&Progress) + Send + 'i) -> Self {
        self.progress = Box::new(listener);
        self
    }

    /// Imports into a store.
    ///
    /// # Errors
    /// See [`ImportError`].
    pub async fn into_store<S>(mut self, store: &S) -> Result<Imported, ImportError>
    where
        S: EventStore + LogTransfer + CheckpointStore + ?Sized,
    {
        let Missing { header, records } = self.check(store).await?;
        let mut written = 0;
        if records > 0 {
            if !self.even_if_observed {
                check_observers(store).await?;
            }
            written = match self.positions {
                Positions::Kept => self.write_kept(store, &header).await?,
                Positions::Renumbered => self.write_renumbered(store, &header).await?,
            };
        }
        let archive = verify(&self.path, store, self.positions, &mut self.progress).await?;
        Ok(Imported { archive, written, head: store.head().await? })
    }

    fn tell(&mut self, phase: Phase, header: &Header, place: Position) {
        let total = header.span();
        let done = place.0.saturating_sub(header.after.0).min(total);
        (self.progress)(&Progress { phase, done, total });
    }

    /// Reads the archive to its end, and compares it with what is in the store.
    async fn check<S>(&mut self, store: &S) -> Result<Missing, ImportError>
    where
        S: EventStore + LogTransfer + ?Sized,
    {
        let mut reader = Reader::open(&self.path).await?;
        let header = reader.header().clone();
        if self.positions == Positions::Kept {
            check_log(store, &header).await?;
        }
        let mut streams = header.may_break_streams().then(Streams::default);
        let mut records = 0;
        self.tell(Phase::Checking, &header, header.after);
        while let Some(group) = reader.group().await? {
            let theirs = counterparts(store, &group, self.positions).await?;
            for (entry, theirs) in group.iter().zip(&theirs) {
                records += u64::from(self.lacks(&entry.record, theirs.as_ref())?);
            }
            if let Some(streams) = &mut streams {
                streams.check(store, &reader, &group).await?;
            }
            let place = group.last().map_or(header.after, |entry| entry.record.event.position);
            self.tell(Phase::Checking, &header, place);
        }
        reader.summary()?;
        self.tell(Phase::Checking, &header, header.until);
        Ok(Missing { header, records })
    }

    /// Whether the store has nothing in the place of an event. It must be the same event otherwise.
    fn lacks(&self, ours: &LogRecord, theirs: Option<&LogRecord>) -> Result<bool, ImportError> {
        match theirs {
            None => Ok(true),
            Some(theirs) if theirs.event.message.id == ours.event.message.id => Ok(false),
            Some(_) => Err(self.taken(ours)),
        }
    }

    /// What is to be said when there is another event in the place of one.
    fn taken(&self, record: &LogRecord) -> ImportError {
        match self.positions {
            Positions::Kept => ImportError::Diverged { position: record.event.position },
            Positions::Renumbered => {
                let (stream, version) = record.place();
                ImportError::StreamTaken { stream: stream.clone(), version }
            }
        }
    }

    async fn write_kept<S>(&mut self, store: &S, header: &Header) -> Result<u64, ImportError>
    where
        S: EventStore + LogTransfer + ?Sized,
    {
        let mut reader = Reader::open(&self.path).await?;
        let head = store.head().await?;
        let (mut after, mut written) = (LogMark::START, 0);
        self.tell(Phase::Importing, header, head);
        while let Some(group) = reader.group().await? {
            let mut group: Vec<LogRecord> = group.into_iter().map(|entry| entry.record).collect();
            if let Some(there) = group.iter().rfind(|record| record.event.position <= head) {
                after = (&there.event).into();
            }
            group.retain(|record| record.event.position > head);
            if group.is_empty() {
                continue;
            }
            let count = group.len() as u64;
            let import = LogImport { incarnation: header.log, after, records: group };
            let positions: Vec<Position> =
                import.records.iter().map(|record| record.event.position).collect();
            after = store
                .import_records(&import)
                .await
                .map_err(|error| refused(error, header.log, after, &positions))?;
            written += count;
            self.tell(Phase::Importing, header, after.position);
        }
        Ok(written)
    }

    async fn write_renumbered<S>(&mut self, store: &S, header: &Header) -> Result<u64, ImportError>
    where
        S: EventStore + LogTransfer + ?Sized,
    {
        let mut reader = Reader::open(&self.path).await?;
        let incarnation = store.incarnation().await?;
        let mut after: LogMark = store.head().await?.into();
        let mut written = 0;
        self.tell(Phase::Importing, header, header.after);
        while let Some(group) = reader.group().await? {
            let place = group.last().map_or(header.after, |entry| entry.record.event.position);
            let theirs = counterparts(store, &group, Positions::Renumbered).await?;
            let mut missing = Vec::new();
            // Somebody may have appended since the archive was checked.
            for (ours, theirs) in group.into_iter().zip(theirs) {
                if self.lacks(&ours.record, theirs.as_ref())? {
                    missing.push(ours.record);
                }
            }
            if !missing.is_empty() {
                written += missing.len() as u64;
                after = append(store, incarnation, after, missing).await?;
            }
            self.tell(Phase::Importing, header, place);
        }
        Ok(written)
    }
}

/// Whether this archive can be that of the store's own log.
async fn check_log<S>(store: &S, header: &Header) -> Result<(), ImportError>
where
    S: EventStore + LogTransfer + ?Sized,
{
    if header.after > Position::START {
        return Err(ImportError::Partial { part: format!("what is behind position {}", header.after) });
    }
    if !header.is_whole() {
        return Err(ImportError::Partial { part: "what a filter has let through".to_owned() });
    }
    let found = store.incarnation().await?;
    if found != header.log && store.head().await? > Position::START {
        return Err(ImportError::AnotherLog { expected: header.log, found });
    }
    Ok(())
}

/// Whether somebody would take what is imported for something that has just happened.
async fn check_observers<S: CheckpointStore + ?Sized>(store: &S) -> Result<(), ImportError> {
    // Projectors have versions; what they do again does no harm.
    let observer = store.consumers().await?.into_iter().find(|record| record.consumer.version == 0);
    observer.map_or(Ok(()), |record| Err(ImportError::Observed { consumer: record.consumer }))
}

/// Writes events behind the end of the log, wherever that is by then.
async fn append<S>(
    store: &S,
    incarnation: Uuid,
    mut after: LogMark,
    mut records: Vec<LogRecord>,
) -> Result<LogMark, ImportError>
where
    S: EventStore + LogTransfer + ?Sized,
{
    let positions: Vec<Position> = records.iter().map(|record| record.event.position).collect();
    let mut tries = TRIES;
    loop {
        tries -= 1;
        for (record, position) in records.iter_mut().zip(after.position.0 + 1..) {
            record.event.position = Position(position);
        }
        let import = LogImport { incarnation, after, records };
        match store.import_records(&import).await {
            Ok(end) => return Ok(end),
            Err(LogImportError::Moved { .. }) if tries > 0 => {
                after = store.head().await?.into();
                records = import.records;
            }
            Err(error) => return Err(refused(error, incarnation, after, &positions)),
        }
    }
}

/// What is to be said when a store takes a group behind `after` not. `positions` are those that its events have in the archive.
fn refused(error: LogImportError, log: Uuid, after: LogMark, positions: &[Position]) -> ImportError {
    let archived = |position: Position| {
        let index = position.0.checked_sub(after.position.0 + 1);
        let index = index.and_then(|index| usize::try_from(index).ok());
        index.and_then(|index| positions.get(index)).copied().unwrap_or(position)
    };
    match error {
        LogImportError::AnotherLog { found, .. } => ImportError::AnotherLog { expected: log, found },
        LogImportError::Moved { expected, found } => ImportError::Moved { expected, found },
        LogImportError::NotDense { expected, found } => ImportError::Moved { expected, found },
        // Somebody has gone on with the stream.
        LogImportError::BrokenStream { stream, version, last, .. } if last >= version => {
            ImportError::StreamTaken { stream, version }
        }
        LogImportError::BrokenStream { stream, position, last, .. } => ImportError::BrokenStream {
            stream,
            missing: last.saturating_add(1),
            position: archived(position),
        },
        LogImportError::Closed { stream, position } => {
            ImportError::Closed { stream, position: archived(position) }
        }
        LogImportError::Store(error) => ImportError::Store(error),
    }
}
