//! Where the lock is kept.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::{Path, PathBuf},
    process,
    sync::atomic::{AtomicU64, Ordering},
};

use super::LockError;

/// The text of the file, if there is one.
pub(super) fn read(path: &Path) -> Result<Option<String>, LockError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(LockError::Io { path: path.to_owned(), doing: "read", source }),
    }
}

/// Puts a text in the place of the file: whole, or not at all.
pub(super) fn write(path: &Path, text: &str) -> Result<(), LockError> {
    let failed = |source| LockError::Io { path: path.to_owned(), doing: "written", source };
    // Behind a link, the file itself is replaced, and not the link.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let beside = beside(&target);
    let written = put(&beside, text).and_then(|()| fs::rename(&beside, &target));
    written.map_err(|error| {
        // What is left of it is of no use to anybody; that it cannot be removed tells nothing new.
        let _ = fs::remove_file(&beside);
        failed(error)
    })
}

fn put(path: &Path, text: &str) -> io::Result<()> {
    let mut file = File::create_new(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// A file in the same folder that nobody else writes.
fn beside(target: &Path) -> PathBuf {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.{}.{number}.new", process::id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_or_stays() {
        let folder = tempfile::tempdir().expect("a folder for tests");
        let path = folder.path().join("events.lock");
        assert_eq!(read(&path).expect("no file"), None);
        for text in ["one\n", "two\n"] {
            write(&path, text).expect("a place to write");
            assert_eq!(read(&path).expect("a file").as_deref(), Some(text));
        }
        // A folder cannot be replaced by a file.
        let taken = folder.path().join("taken");
        fs::create_dir_all(taken.join("inside")).expect("a folder");
        assert!(matches!(write(&taken, "text"), Err(LockError::Io { doing: "written", .. })));
        let left: Vec<_> =
            fs::read_dir(&folder).expect("the folder").flatten().map(|file| file.file_name()).collect();
        assert_eq!(left.len(), 2, "nothing is left behind: {left:?}");
    }
}
