//! The packages of the workspace, read from their manifests as far as the rules need.

use super::tree::Tree;

/// One `Cargo.toml` with a package.
pub(super) struct Package<'t> {
    /// The path of the manifest.
    pub(super) manifest: &'t str,
    /// The name of the package.
    pub(super) name: &'t str,
    text: &'t str,
}

impl<'t> Package<'t> {
    /// All packages of the project; those that tests compile stand for a user's.
    pub(super) fn all(tree: &'t Tree) -> impl Iterator<Item = Self> {
        tree.files().filter_map(|(manifest, text)| {
            let is_manifest = manifest == "Cargo.toml" || manifest.ends_with("/Cargo.toml");
            (is_manifest && !manifest.starts_with("tests/")).then_some(())?;
            let name = value(text, "package", "name")?.trim_matches('"');
            Some(Self { manifest, name, text })
        })
    }

    /// The value of a key, as it is written.
    pub(super) fn value(&self, section: &str, key: &str) -> Option<&'t str> {
        value(self.text, section, key)
    }

    /// The names of its dependencies with their lines, those for tests and build scripts not included.
    pub(super) fn dependencies(&self) -> impl Iterator<Item = (usize, &'t str)> {
        entries(self.text, "dependencies")
            .map(|(line, key, _)| (line, key.split_once('.').map_or(key, |(name, _)| name)))
    }
}

/// The value of a key in a section of a manifest, as it is written.
pub(super) fn value<'t>(text: &'t str, section: &str, key: &str) -> Option<&'t str> {
    entries(text, section).find(|(_, found, _)| *found == key).map(|(_, _, value)| value)
}

fn entries<'t>(text: &'t str, section: &str) -> impl Iterator<Item = (usize, &'t str, &'t str)> {
    let header = format!("[{section}]");
    let mut inside = false;
    text.lines().enumerate().filter_map(move |(line, content)| {
        let content = content.trim();
        if content.starts_with('[') {
            inside = content == header;
            return None;
        }
        let (key, value) = content.split_once('=').filter(|_| inside && !content.starts_with('#'))?;
        Some((line + 1, key.trim(), value.trim()))
    })
}
