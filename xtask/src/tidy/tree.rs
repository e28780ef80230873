//! The files of the project in memory, so that a rule is a pure function, and a test can plant what breaks it.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result};

use super::source::Source;
use crate::project;

/// The files of the project by their paths.
pub(super) struct Tree {
    files: BTreeMap<String, String>,
    sources: BTreeMap<String, Source>,
}

impl Tree {
    /// The files of the project.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let read = |path: String| {
            let bytes = std::fs::read(root.join(&path)).with_context(|| format!("{path} cannot be read"))?;
            Ok((path, String::from_utf8_lossy(&bytes).into_owned()))
        };
        Ok(Self::new(project::files(root)?.into_iter().map(read).collect::<Result<_>>()?))
    }

    /// Files that are not there.
    #[cfg(test)]
    pub(super) fn planted(files: &[(&str, &str)]) -> Self {
        Self::new(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }

    fn new(files: BTreeMap<String, String>) -> Self {
        let rust = files.iter().filter(|(path, _)| path.ends_with(".rs"));
        let sources = rust.map(|(path, text)| (path.clone(), Source::new(text))).collect();
        Self { files, sources }
    }

    /// All files with their texts.
    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files.iter().map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The files whose names end so.
    pub(super) fn ending<'t>(&'t self, end: &'t str) -> impl Iterator<Item = (&'t str, &'t str)> {
        self.files().filter(move |(path, _)| path.ends_with(end))
    }

    /// All Rust files.
    pub(super) fn rust(&self) -> impl Iterator<Item = (&str, &Source)> {
        self.sources.iter().map(|(path, source)| (path.as_str(), source))
    }

    /// The text of a file.
    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Whether there is a file or a folder of that path; the empty path is the root.
    pub(super) fn contains(&self, path: &str) -> bool {
        let folder = format!("{path}/");
        path.is_empty()
            || self.files.contains_key(path)
            || self.files.keys().any(|file| file.starts_with(&folder))
    }
}

/// Whether the whole file exists for tests, examples, benchmarks or developers, and is never part of an application. The
/// suite that every store passes is tests, too.
pub(super) fn is_auxiliary(path: &str) -> bool {
    let folder = |name| path.split('/').any(|part| part == name);
    ["tests", "examples", "benches", "xtask", "conformance"].into_iter().any(folder)
        || path.ends_with("/tests.rs")
}

/// Whether the file is one of the programs that have mistakes or are meant to look as a newcomer's.
pub(super) fn is_ui_case(path: &str) -> bool {
    path.contains("tests/ui/")
}

/// The line of a place in a text, from 1.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset].iter().filter(|byte| **byte == b'\n').count() + 1
}
