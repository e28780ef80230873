//! Reading archives line by line.

use std::path::{Path, PathBuf};

use tokio::{
    fs::File,
    io::{AsyncBufReadExt, AsyncReadExt, BufReader},
};

use super::{
    ArchiveError, FORMAT, GROUP, GROUP_BYTES, Header, Summary,
    digest::Digest,
    format::{AnyHeader, Entry, Trailer, decode},
};
use crate::message::Position;

/// The longest line. The largest event that a store takes has much less.
const LONGEST: u64 = 256 * 1024 * 1024;

/// An archive that is being read. No more than a group is in memory.
pub(super) struct Reader {
    path: PathBuf,
    file: BufReader<File>,
    /// How many lines were read.
    lines: u64,
    line: Vec<u8>,
    digest: Digest,
    /// The digest behind the header.
    begun: Digest,
    header: Header,
    records: u64,
    last: Position,
    /// What the end of the archive says, once it was read.
    end: Option<String>,
}

impl Reader {
    pub(super) async fn open(path: &Path) -> Result<Self, ArchiveError> {
        let unread = |source| ArchiveError::Io { path: path.to_owned(), source };
        let file = BufReader::with_capacity(64 * 1024, File::open(path).await.map_err(unread)?);
        // The header takes the place of this one, or there is an error.
        let header = Header {
            format: FORMAT,
            log: uuid::Uuid::nil(),
            after: Position::START,
            until: Position::START,
            events: Vec::new(),
            contexts: Vec::new(),
            stream_kind: None,
            recorded_until: None,
        };
        let mut reader = Self {
            path: path.to_owned(),
            file,
            lines: 0,
            line: Vec::new(),
            digest: Digest::default(),
            begun: Digest::default(),
            header,
            records: 0,
            last: Position::START,
            end: None,
        };
        reader.read_header().await?;
        Ok(reader)
    }

    pub(super) fn header(&self) -> &Header {
        &self.header
    }

    async fn read_header(&mut self) -> Result<(), ArchiveError> {
        let not = |path: &Path, reason: String| ArchiveError::NotAnArchive { path: path.to_owned(), reason };
        match self.next_line().await {
            Ok(true) => {}
            Ok(false) => return Err(not(&self.path, "it is empty".to_owned())),
            // What has no line at all was never an archive.
            Err(ArchiveError::CutOff { .. } | ArchiveError::Malformed { .. }) => {
                return Err(not(&self.path, "it has no line".to_owned()));
            }
            Err(error) => return Err(error),
        }
        let any: AnyHeader =
            serde_json::from_slice(&self.line).map_err(|error| not(&self.path, error.to_string()))?;
        if any.evento_archive > FORMAT {
            return Err(ArchiveError::NewerFormat { path: self.path.clone(), found: any.evento_archive });
        }
        self.header =
            serde_json::from_slice(&self.line).map_err(|error| not(&self.path, error.to_string()))?;
        self.last = self.header.after;
        self.digest.update(&self.line);
        self.begun = self.digest.clone();
        Ok(())
    }

    /// The digest behind the header, for whoever goes on with it.
    pub(super) fn begun(&self) -> Digest {
        self.begun.clone()
    }

    /// Reads a line, with its end. `false` at the end of the file.
    async fn next_line(&mut self) -> Result<bool, ArchiveError> {
        self.line.clear();
        let mut bounded = (&mut self.file).take(LONGEST);
        let read = bounded.read_until(b'\n', &mut self.line).await;
        let read = read.map_err(|source| ArchiveError::Io { path: self.path.clone(), source })?;
        if read == 0 {
            return Ok(false);
        }
        self.lines += 1;
        if self.line.last() == Some(&b'\n') {
            return Ok(true);
        }
        Err(if read as u64 == LONGEST {
            self.malformed(format!("it has more than {LONGEST} bytes"))
        } else {
            ArchiveError::CutOff { path: self.path.clone(), line: self.lines }
        })
    }

    fn malformed(&self, reason: impl Into<String>) -> ArchiveError {
        self.malformed_at(self.lines, reason)
    }

    /// What is wrong with a line that was read before.
    pub(super) fn malformed_at(&self, line: u64, reason: impl Into<String>) -> ArchiveError {
        ArchiveError::Malformed { path: self.path.clone(), line, reason: reason.into() }
    }

    /// The next event; `None` at the end, which is as it should be.
    async fn next(&mut self) -> Result<Option<Entry>, ArchiveError> {
        if self.end.is_some() {
            return Ok(None);
        }
        if !self.next_line().await? {
            return Err(ArchiveError::CutOff { path: self.path.clone(), line: self.lines });
        }
        if self.line.starts_with(Trailer::BEGIN) {
            self.read_trailer().await?;
            return Ok(None);
        }
        self.digest.update(&self.line);
        let (record, follows) = decode(&self.line).map_err(|reason| self.malformed(reason))?;
        let position = record.event.position;
        let expected = Position(self.last.0.saturating_add(1));
        let fits = if self.header.is_whole() { position == expected } else { position >= expected };
        if !fits || position > self.header.until {
            return Err(self.malformed(format!("position {position} does not follow {}", self.last)));
        }
        (self.records, self.last) = (self.records + 1, position);
        Ok(Some(Entry { record, follows, line: self.lines }))
    }

    async fn read_trailer(&mut self) -> Result<(), ArchiveError> {
        let trailer: Trailer =
            serde_json::from_slice(&self.line).map_err(|error| self.malformed(error.to_string()))?;
        let found = std::mem::take(&mut self.digest).finish();
        let whole = !self.header.is_whole() || self.last == self.header.until;
        if (self.records, &found) != (trailer.records, &trailer.sha256) || !whole {
            return Err(ArchiveError::Altered {
                path: self.path.clone(),
                records: trailer.records,
                found_records: self.records,
                expected: trailer.sha256,
                found,
            });
        }
        if self.next_line().await? {
            return Err(self.malformed("there is something behind the last line"));
        }
        self.end = Some(found);
        Ok(())
    }

    /// The next events; `None` at the end.
    pub(super) async fn group(&mut self) -> Result<Option<Vec<Entry>>, ArchiveError> {
        let (mut group, mut bytes) = (Vec::new(), 0);
        while group.len() < GROUP
            && bytes < GROUP_BYTES
            && let Some(entry) = self.next().await?
        {
            bytes += entry.record.event.size();
            group.push(entry);
        }
        Ok((!group.is_empty()).then_some(group))
    }

    /// What the archive holds, once it was read to its end.
    pub(super) fn summary(self) -> Result<Summary, ArchiveError> {
        let Self { path, lines, header, records, last, end, .. } = self;
        let sha256 = end.ok_or(ArchiveError::CutOff { path, line: lines })?;
        Ok(Summary { last: if records == 0 { Position::START } else { last }, header, records, sha256 })
    }
}
