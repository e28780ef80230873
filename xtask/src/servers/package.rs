//! Installing a server that is missing, where this program may.

use std::process::Command;

use anyhow::{Result, ensure};

use super::user::{is_root, succeeds};

/// Installs a package of Debian. `advice` says what to do when that is not possible here.
pub(super) fn install(package: &str, advice: &str) -> Result<()> {
    ensure!(is_root() && succeeds(Command::new("apt-get").arg("--version")), "{advice}");
    eprintln!("installing the package `{package}`");
    let install = || {
        let mut apt = Command::new("apt-get");
        apt.args(["install", "--yes", "--no-install-recommends", package]);
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        succeeds(&mut apt)
    };
    // Without lists of packages, they are fetched first.
    if !install() {
        succeeds(Command::new("apt-get").arg("update"));
        ensure!(install(), "{advice}");
    }
    Ok(())
}
