//! The digest of an archive.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

/// SHA-256 of what comes line by line.
#[derive(Clone, Default)]
pub(super) struct Digest(Sha256);

impl Digest {
    pub(super) fn update(&mut self, line: &[u8]) {
        self.0.update(line);
    }

    /// In hexadecimal digits.
    pub(super) fn finish(self) -> String {
        self.0.finalize().iter().fold(String::with_capacity(64), |mut digits, byte| {
            // Writing into a text cannot fail.
            let _ = write!(digits, "{byte:02x}");
            digits
        })
    }
}
