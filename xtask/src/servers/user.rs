//! Who runs a server. Some refuse to be run by root.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

/// The user that runs a server.
pub(super) struct User {
    /// The numbers of user and group, when it is another user than that of this program.
    other: Option<(u32, u32)>,
}

impl User {
    /// The user of this program, or, when that is root, the first of `names` that there is.
    pub(super) fn unprivileged(names: &[&str]) -> Result<Self> {
        if !is_root() {
            return Ok(Self { other: None });
        }
        for name in names {
            if let (Some(user), Some(group)) = (id(&["-u", name]), id(&["-g", name])) {
                return Ok(Self { other: Some((user, group)) });
            }
        }
        bail!("a server must not be run by root, and there is none of these users: {}", names.join(", "));
    }

    /// A command that this user runs.
    pub(super) fn command(&self, program: &Path) -> Command {
        let Some((user, group)) = self.other else { return Command::new(program) };
        let mut command = Command::new("setpriv");
        command.arg(format!("--reuid={user}")).arg(format!("--regid={group}"));
        command.arg("--clear-groups").arg(program);
        command
    }

    /// Gives a file or folder to this user.
    pub(super) fn owns(&self, path: &Path) -> Result<()> {
        let Some((user, group)) = self.other else { return Ok(()) };
        let given = std::os::unix::fs::chown(path, Some(user), Some(group));
        given.with_context(|| format!("{} cannot be given to the user of the server", path.display()))
    }

    /// Makes a folder of this user's: in `within`, or among temporary files when it cannot get there.
    pub(super) fn folder(&self, within: &Path, name: &str) -> Result<PathBuf> {
        for within in [within, &std::env::temp_dir()] {
            let folder = within.join(name);
            fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
            self.owns(&folder)?;
            let gets_there = succeeds(self.command(Path::new("test")).arg("-w").arg(&folder));
            if gets_there {
                return Ok(folder);
            }
            fs::remove_dir(&folder).with_context(|| format!("{} cannot be removed", folder.display()))?;
        }
        bail!("there is no folder in which a user without privileges can run a server");
    }
}

/// Whether root runs this program.
pub(super) fn is_root() -> bool {
    id(&["-u"]) == Some(0)
}

fn id(arguments: &[&str]) -> Option<u32> {
    let output =
        Command::new("id").args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

/// Whether a command can be run and succeeds. What it prints is not shown.
pub(super) fn succeeds(command: &mut Command) -> bool {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}
