//! PostgreSQL.

use std::{
    fs,
    io::Write,
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};

use super::{Plan, Site, package};

const ADVICE: &str = "PostgreSQL is needed for the tests: install the package `postgresql` of your system, or set EVENTO_TEST_POSTGRES and EVENTO_TEST_POSTGRES_FRAGILE to addresses of servers for tests";

/// What every server is told.
const SETTINGS: [&str; 3] = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=500"];

/// Makes the data folder of a server, and says how it is run.
pub(super) fn plan(site: &Site<'_>) -> Result<Plan> {
    let programs = programs()?;
    let password_file = site.folder.join("password");
    let mut file = fs::File::create(&password_file).context("the password of a server cannot be written")?;
    writeln!(file, "{}", site.password).context("the password of a server cannot be written")?;
    site.user.owns(&password_file)?;
    let made = site
        .user
        .command(&programs.join("initdb"))
        .arg("-D")
        .arg(site.data)
        .args(["-U", "evento", "-A", "password", "-E", "UTF8", "--no-locale", "--no-sync"])
        .arg(format!("--pwfile={}", password_file.display()))
        .current_dir(site.folder)
        .stdin(Stdio::null())
        .output()
        .context("initdb of PostgreSQL cannot be started")?;
    ensure!(made.status.success(), "initdb of PostgreSQL failed: {}", String::from_utf8_lossy(&made.stderr));

    let port = site.port.to_string();
    let mut command = site.user.command(&programs.join("postgres"));
    command.arg("-D").arg(site.data).args(["-p", &port]);
    for setting in SETTINGS.iter().chain(site.settings) {
        command.args(["-c", setting]);
    }
    let mut ready = Command::new(programs.join("pg_isready"));
    ready.args(["-q", "-h", "127.0.0.1", "-p", &port]);
    let address = format!("postgres://evento:{}@127.0.0.1:{port}/postgres", site.password);
    // An immediate shutdown.
    Ok(Plan { command, stop: "QUIT", ready, address })
}

/// The folder of the server's programs. Installs them when they are missing and this program may.
fn programs() -> Result<PathBuf> {
    if let Some(found) = find_programs() {
        return Ok(found);
    }
    package::install("postgresql", ADVICE)?;
    find_programs().context(ADVICE)
}

fn find_programs() -> Option<PathBuf> {
    let complete = |folder: &PathBuf| {
        ["initdb", "postgres", "pg_isready"].iter().all(|program| folder.join(program).is_file())
    };
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Links may lead to the folder in which all of them are.
    let linked = std::env::split_paths(&path)
        .filter_map(|folder| fs::canonicalize(folder.join("initdb")).ok())
        .filter_map(|initdb| initdb.parent().map(std::path::Path::to_owned));
    let mut versions: Vec<PathBuf> = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"]
        .iter()
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    versions.sort();
    linked.chain(versions.into_iter().rev()).find(complete)
}
