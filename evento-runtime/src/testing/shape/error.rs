//! What can be wrong with a lock, and what to do about it.

use std::{fmt, io, path::PathBuf};

use thiserror::Error;

use crate::payload::{DecodeError, SourceLocation};

/// Why a lock does not hold, or cannot be read or written. The file is as it was.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LockError {
    /// There is no file yet.
    #[error(
        "there is no {}: nothing is locked yet. Write it with `EVENTO_LOCK=update cargo test`, look at it, and put it under version control",
        .path.display()
    )]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// The file cannot be read or written.
    #[error("{} cannot be {doing}: {source}", .path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        doing: &'static str,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// Two versions of the file were merged, and somebody has to choose.
    #[error(
        "{}:{line}: the marks of a merge are in the file. Take the file of the branch that others have, and run `EVENTO_LOCK=update cargo test` to have what is new in the other",
        .path.display()
    )]
    Merge {
        /// The file.
        path: PathBuf,
        /// The line of the first mark, from 1.
        line: usize,
    },
    /// The file was written by a newer evento.
    #[error("{} has format {format}, and this evento knows {known}: use a newer evento", .path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The format of the file.
        format: u64,
        /// The newest format that is known.
        known: u64,
    },
    /// A line means nothing.
    #[error("{}:{line}: {reason}. Take the file from version control, as it was written", .path.display())]
    Malformed {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// An entry is not as it was written.
    #[error(
        "{}:{line}: {entry} is not as it was written: somebody has edited the file, or a merge has. Take it from version control; what is new in it is written by `EVENTO_LOCK=update cargo test`",
        .path.display()
    )]
    Edited {
        /// The file.
        path: PathBuf,
        /// The line at which the entry begins, from 1.
        line: usize,
        /// The entry.
        entry: String,
    },
    /// What was stored cannot be read any more, or means something else.
    #[error("{}", Broken(.path, .breaches))]
    Broken {
        /// The file.
        path: PathBuf,
        /// Everything that does not hold, in the order of the file.
        breaches: Vec<Breach>,
    },
    /// Something cannot be locked as it is.
    #[error("{}", NotLocked(.path, .unlockable))]
    Unlockable {
        /// The file.
        path: PathBuf,
        /// Everything that cannot.
        unlockable: Vec<Unlockable>,
    },
    /// Everything was to be locked, and is not.
    #[error(
        "not everything is locked in {}:{}\nlock it with `EVENTO_LOCK=update cargo test`",
        .path.display(),
        listed(.additions)
    )]
    Incomplete {
        /// The file.
        path: PathBuf,
        /// What is not.
        additions: Vec<String>,
    },
    /// A sample is of something that the bundle does not store or show.
    #[error("there is a sample of `{name}`, version {version}, of which {reason}")]
    StraySample {
        /// The name.
        name: String,
        /// The version.
        version: u32,
        /// Why that cannot be.
        reason: String,
    },
    /// A sample is of one of several things that have the same name.
    #[error(
        "there is a sample of `{name}`, version {version}, which is the name of several: say which one, {}",
        .ways.iter().map(|way| format!("`{way}`")).collect::<Vec<_>>().join(" or ")
    )]
    AmbiguousSample {
        /// The name.
        name: String,
        /// The version.
        version: u32,
        /// The calls that say it, one for each kind.
        ways: Vec<String>,
    },
    /// Nothing is known of the JSON of a payload.
    #[error(
        "nothing is known of the JSON of {what}: add the feature `testing` to `evento` in [dev-dependencies]; a payload whose trait is written by hand says it by `Wire::of` in `PayloadMeta::wire`"
    )]
    UnknownShape {
        /// The payload or state.
        what: String,
    },
    /// The variable orders something that is not known.
    #[error("EVENTO_LOCK is `{value}`: it may be `update`, `complete` or `check`")]
    UnknownOrder {
        /// What it is.
        value: String,
    },
    /// The lock was to be written where nobody looks at it.
    #[error(
        "EVENTO_LOCK is `update`, and `CI` says that nobody looks: write the lock on your machine, and check it here"
    )]
    Unattended,
}

/// One thing that was locked and does not hold.
#[derive(Debug)]
#[non_exhaustive]
pub struct Breach {
    /// What it is about, such as "domain event `OrderPlaced`, version 1".
    pub subject: String,
    /// Where the type is written now, if it is still there.
    pub source: Option<SourceLocation>,
    /// The field or variant, such as `lines[].price`; empty for the whole.
    pub path: String,
    /// What has happened.
    pub what: String,
    /// What was, in lines that begin with `-`, and what is, in lines that begin with `+`.
    pub diff: String,
    /// What to do.
    pub remedy: String,
    /// Why a sample cannot be read, if it is about one.
    pub cause: Option<DecodeError>,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.subject)?;
        if let Some(source) = self.source {
            write!(f, " ({}:{})", source.file, source.line)?;
        }
        f.write_str("\n  ")?;
        if !self.path.is_empty() {
            write!(f, "`{}`: ", self.path)?;
        }
        write!(f, "{}", self.what)?;
        for line in self.diff.lines() {
            write!(f, "\n    {line}")?;
        }
        write!(f, "\n  remedy: {}", self.remedy)
    }
}

/// One thing that cannot be locked.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unlockable {
    /// What it is about, such as "domain event `OrderPlaced`, version 1".
    pub subject: String,
    /// Where the type is written.
    pub source: SourceLocation,
    /// Why not.
    pub reason: String,
    /// What to do.
    pub remedy: String,
}

impl fmt::Display for Unlockable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { subject, source, reason, remedy } = self;
        write!(f, "{subject} ({}:{})\n  {reason}\n  remedy: {remedy}", source.file, source.line)
    }
}

struct Broken<'a>(&'a PathBuf, &'a [Breach]);

impl fmt::Display for Broken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(path, breaches) = self;
        write!(f, "what is locked in {} does not hold, in {}:", path.display(), places(breaches.len()))?;
        breaches.iter().try_for_each(|breach| write!(f, "\n\n{breach}"))?;
        write!(
            f,
            "\n\nNothing was written. If something of it was never stored or sent outside of your own machine, delete its entry in {}, and run \
             `EVENTO_LOCK=update cargo test`.",
            path.display()
        )
    }
}

struct NotLocked<'a>(&'a PathBuf, &'a [Unlockable]);

impl fmt::Display for NotLocked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(path, unlockable) = self;
        write!(f, "{} cannot be written, for {}:", path.display(), places(unlockable.len()))?;
        unlockable.iter().try_for_each(|one| write!(f, "\n\n{one}"))
    }
}

fn places(count: usize) -> String {
    if count == 1 { "one place".to_owned() } else { format!("{count} places") }
}

fn listed(lines: &[String]) -> String {
    lines.iter().map(|line| format!("\n  {line}")).collect()
}
