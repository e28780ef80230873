//! The shape lock: what is stored must stay readable, and a test says so when it does not.

mod compare;
mod conform;
mod difference;
mod error;
mod file;
mod mode;
mod place;
mod read;
mod renew;
mod sample;
mod subject;
#[cfg(test)]
mod tests;
mod verify;
mod write;

pub use self::error::{Breach, LockError, Unlockable};

use std::{collections::BTreeMap, path::PathBuf};

use serde_json::Value;

use self::{file::Kind, mode::Mode};
use crate::{bundle::Description, payload::Payload};

/// Compares the JSON of everything that a bundle stores, or shows to others, with what was locked, in a test.
///
/// The short form of [`ShapeLock::check`], for a bundle whose types all derive `Shape`.
///
/// ```no_run
/// # use evento_runtime::{bundle::Description, testing::shape_lock};
/// # struct TodoBundle;
/// # impl TodoBundle { fn describe() -> Description { loop {} } }
/// #[test]
/// fn what_is_stored_stays_readable() {
///     shape_lock("events.lock", &TodoBundle::describe());
/// }
/// # fn main() {}
/// ```
///
/// # Panics
/// As [`ShapeLock::check`].
#[track_caller]
pub fn shape_lock(path: impl Into<PathBuf>, bundle: &Description) -> Locked {
    ShapeLock::new(path).check(bundle)
}

/// A file with the shapes of everything that a bundle stores, or shows to others, and with samples of its JSON.
///
/// What a program does with it is said by the environment: nothing is written unless `EVENTO_LOCK` is `update`.
#[derive(Clone, Debug)]
#[must_use = "a lock does nothing until it is asked to `check` or to `verify`"]
pub struct ShapeLock {
    path: PathBuf,
    updating: bool,
    complete: bool,
    samples: Vec<Given>,
    foreign: BTreeMap<String, Value>,
}

/// A sample that the test has brought along.
#[derive(Clone, Debug)]
struct Given {
    /// Of which kind, if that is known.
    kind: Option<Kind>,
    name: String,
    version: u32,
    json: Value,
}

impl ShapeLock {
    /// The lock in a file; a path that is not absolute begins at the folder of the package, where `cargo test` runs tests.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            updating: false,
            complete: false,
            samples: Vec::new(),
            foreign: BTreeMap::new(),
        }
    }

    /// A sample of a payload in its present version: kept for ever, once it is locked. Needed where no sample can be made up, because a part of the
    /// payload is [foreign](crate::payload::shape::Type::Foreign) or cannot have just any value.
    ///
    /// # Panics
    /// When the payload cannot be serialised.
    #[track_caller]
    pub fn sample<P: Payload>(mut self, payload: &P) -> Self {
        let json = match serde_json::to_value(payload) {
            Ok(json) => json,
            Err(error) => panic!("a sample of `{}` cannot be serialised: {error}", P::META.name),
        };
        let (name, version) = (P::META.name.to_owned(), P::META.version);
        self.samples.push(Given { kind: Kind::of_payload(P::META.kind, true), name, version, json });
        self
    }

    /// A sample of what is stored under a name, in any version: of an earlier one that has none that is real, or of the state of a
    /// saga, by the saga's name and version. It takes the place of those that were made up.
    ///
    /// Where things of different kinds have one name, the kind stands before it as in the file: `saga_state Order`, `domain_event Order`.
    /// A name without a kind is refused then, with [`LockError::AmbiguousSample`].
    pub fn sample_of(mut self, name: impl Into<String>, version: u32, json: Value) -> Self {
        let mut name = name.into();
        let mut kind = None;
        if let Some((word, rest)) = name.split_once(' ')
            && let Some(known) = Kind::of_word(word)
        {
            (kind, name) = (Some(known), rest.to_owned());
        }
        self.samples.push(Given { kind, name, version, json });
        self
    }

    /// What the JSON of a foreign type may be, so that samples of all that contains one can be made up. The name is that in the
    /// field, such as `DateTime<Utc>`; what stands before `::` does not matter.
    pub fn foreign(mut self, name: &str, json: Value) -> Self {
        self.foreign.insert(difference::bare(name), json);
        self
    }

    /// Writes what is new, as `EVENTO_LOCK=update` orders, whatever the environment says. For tools; a test that writes its own
    /// lock proves nothing.
    pub fn updating(mut self) -> Self {
        self.updating = true;
        self
    }

    /// Also demands that everything is locked, as `EVENTO_LOCK=complete` orders. With `EVENTO_LOCK=update`, it is written as ever.
    pub fn complete(mut self) -> Self {
        self.complete = true;
        self
    }

    /// Compares, and panics as `assert!` does when something does not hold: see [`verify`](Self::verify).
    ///
    /// # Panics
    /// With [`LockError`] as text, which says what does not hold, and what to do.
    #[track_caller]
    pub fn check(&self, bundle: &Description) -> Locked {
        match self.verify(bundle) {
            Ok(locked) => locked,
            Err(error) => panic!("{error}"),
        }
    }

    /// Compares the JSON of everything that a bundle stores, or shows to others, with what was locked: events, deadlines and the
    /// states of sagas, and the commands and queries that are marked `public`. Everything that was ever locked must be readable:
    /// its shape by today's types, each of its samples by today's code, upcasters included.
    ///
    /// What is new passes, and is listed in the answer. With `EVENTO_LOCK=update` in the environment it is written to the
    /// file; with `EVENTO_LOCK=complete` it is an error.
    ///
    /// # Errors
    /// [`LockError`], for the first of these that applies: the file is not there or is not as it was written; something does not
    /// hold any more, everything of it at once; something cannot be locked. In all of these the file stays as it is.
    pub fn verify(&self, bundle: &Description) -> Result<Locked, LockError> {
        let mode = if self.updating { Mode::Update } else { Mode::of_environment()? };
        let mode = if self.complete && mode == Mode::Check { Mode::Complete } else { mode };
        verify::verify(self, mode, bundle)
    }
}

/// All that was locked holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Locked {
    /// What is not locked yet, as sentences; empty after it was written.
    pub additions: Vec<String>,
    /// Whether the file was written.
    pub written: bool,
}
