//! What ends all workers, whatever ends this program.

use std::{
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, ChildStdin, Command, Stdio},
};

use anyhow::{Context, Result};

/// Leads the group of processes that the workers are in, and ends them when its standard input is closed: also those that
/// are stopped, and could not see that theirs is. It takes the folder of the run along unless that is to be kept.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
cat >/dev/null
kill -TERM 0
kill -CONT 0
[ -e "$1/keep" ] || rm -rf "$1"
"#;

/// A group of processes that ends with this value, or with this program.
pub(super) struct Warden {
    shell: Child,
    alive: Option<ChildStdin>,
}

impl Warden {
    pub(super) fn new(folder: &Path) -> Result<Self> {
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "sh"])
            .arg(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .context("a shell must be there to watch over the workers")?;
        let alive = shell.stdin.take();
        Ok(Self { shell, alive })
    }

    /// Puts a process that is about to be started into the group.
    pub(super) fn watches(&self, command: &mut Command) -> Result<()> {
        let group = i32::try_from(self.shell.id()).context("the number of a process is out of range")?;
        command.process_group(group);
        Ok(())
    }
}

impl Drop for Warden {
    fn drop(&mut self) {
        drop(self.alive.take());
        // It ends by itself; waiting only makes sure that nothing is left when this program ends.
        let _ = self.shell.wait();
    }
}
