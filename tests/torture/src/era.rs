//! The eras of a log that is replaced by an older copy of itself.
//!
//! Whoever breaks the server counts the eras up in a file, while the server is stopped: so an answer that came before the
//! file was seen in one era cannot have come from a server of the next one.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

/// Before the copy was taken: what was answered is in the copy, too.
pub(crate) const BEFORE_COPY: u8 = 0;
/// After the copy has taken the place of the log: what is sent cannot be in the log that was replaced.
pub(crate) const AFTER_RETURN: u8 = 2;

/// Tells the era.
pub(crate) struct Era(PathBuf);

impl Era {
    /// Of the run in this folder.
    pub(crate) fn of(folder: &Path) -> Self {
        Self(folder.join("era"))
    }

    /// The era as it is now.
    pub(crate) fn now(&self) -> Result<u8> {
        let text = fs::read_to_string(&self.0).context("the file that tells the era cannot be read")?;
        text.trim().parse().with_context(|| format!("`{text}` is no era"))
    }
}
