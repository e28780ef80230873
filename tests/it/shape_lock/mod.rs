//! The shape lock: what passes and what fails, and that nothing is lost when the file or the code is wrong.

mod files;
mod forms;
mod matrix;
mod samples;
mod told;
mod versions;

use std::path::{Path, PathBuf};

use evento::{
    Description,
    payload::PayloadMeta,
    testing::{Breach, LockError, Locked, ShapeLock},
};
use tempfile::TempDir;

/// A bundle of which nothing but these payloads is known.
fn bundle(payloads: &[PayloadMeta]) -> Description {
    Description {
        id: "shop",
        version: 1,
        payloads: payloads.to_vec(),
        components: Vec::new(),
        remote: Vec::new(),
    }
}

/// A lock in a folder of its own.
struct Place {
    folder: TempDir,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder for tests") }
    }

    /// One with a lock in which these are locked.
    fn with(payloads: &[PayloadMeta]) -> Self {
        let place = Self::new();
        place.update(payloads);
        place
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("events.lock")
    }

    fn lock(&self) -> ShapeLock {
        ShapeLock::new(self.path())
    }

    fn text(&self) -> String {
        text(&self.path())
    }

    fn update(&self, payloads: &[PayloadMeta]) -> Locked {
        let locked = self.lock().updating().verify(&bundle(payloads));
        locked.unwrap_or_else(|error| panic!("{error}"))
    }

    fn verify(&self, payloads: &[PayloadMeta]) -> Result<Locked, LockError> {
        self.lock().verify(&bundle(payloads))
    }

    /// What does not hold, when there is something; the file stays as it is, even when it is to be written.
    fn breaches(&self, payloads: &[PayloadMeta]) -> Vec<Breach> {
        let before = self.text();
        let written = self.lock().updating().verify(&bundle(payloads));
        assert!(matches!(written, Err(LockError::Broken { .. })), "{written:?}");
        assert_eq!(self.text(), before, "nothing is written");
        match self.verify(payloads) {
            Err(LockError::Broken { breaches, .. }) => breaches,
            other => panic!("{other:?}"),
        }
    }

    /// The only thing that does not hold.
    fn breach(&self, payloads: &[PayloadMeta]) -> Breach {
        let mut breaches = self.breaches(payloads);
        assert_eq!(breaches.len(), 1, "{breaches:#?}");
        breaches.remove(0)
    }
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).expect("the lock is there")
}
