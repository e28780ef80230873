//! MariaDB.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, ensure};

use super::{Plan, Site, package};

const ADVICE: &str = "MariaDB is needed for the tests: install the package `mariadb-server` of your system, or set EVENTO_TEST_MYSQL and EVENTO_TEST_MYSQL_FRAGILE to addresses of servers for tests";

/// What every server is told. One that had been killed could not read its data any more, once in many times that it was
/// started again at once. The system may still be busy with asynchronous writes of a process that is gone, so there are none.
const SETTINGS: [&str; 5] = [
    "bind-address=127.0.0.1",
    "max-connections=500",
    "skip-name-resolve",
    "skip-log-bin",
    "innodb-use-native-aio=OFF",
];

/// Runs the server again when it has crashed, as the service of a system does. Told to stop, it kills the server at once. The
/// signal is none of those that the keeper ignores: a shell cannot hear of one that was ignored when it began.
const AGAIN: &str = r#"
trap 'kill -KILL "$server"; wait "$server"; exit' USR1
while :; do
    "$@" &
    server=$!
    wait "$server"
done
"#;

/// The programs of a server.
struct Programs {
    install: PathBuf,
    server: PathBuf,
    admin: PathBuf,
}

/// Makes the data folder of a server, and says how it is run.
pub(super) fn plan(site: &Site<'_>) -> Result<Plan> {
    let programs = programs()?;
    let made = site
        .user
        .command(&programs.install)
        .args(["--no-defaults", "--auth-root-authentication-method=normal", "--skip-test-db"])
        .arg("--skip-name-resolve")
        .arg(format!("--datadir={}", site.data.display()))
        // A server that begins clears this folder, also of what another one is using.
        .arg(format!("--tmpdir={}", site.folder.display()))
        .current_dir(site.folder)
        .stdin(Stdio::null())
        .output()
        .context("mariadb-install-db cannot be started")?;
    let words = [made.stdout, made.stderr].map(|words| String::from_utf8_lossy(&words).into_owned());
    ensure!(made.status.success(), "mariadb-install-db failed: {}", words.concat());
    let begin = site.folder.join("begin.sql");
    let mut file = fs::File::create(&begin).context("what a server begins with cannot be written")?;
    writeln!(
        file,
        "create or replace user evento@'127.0.0.1' identified by '{}';\n\
         grant all on *.* to evento@'127.0.0.1' with grant option;\n\
         create database if not exists application;\n\
         drop user if exists root@localhost;",
        site.password
    )
    .context("what a server begins with cannot be written")?;
    site.user.owns(&begin)?;

    let server = site.user.command(&programs.server);
    let mut command = Command::new("sh");
    command.args(["-c", AGAIN, "sh"]).arg(server.get_program()).args(server.get_args());
    command.arg("--no-defaults");
    for (setting, path) in [
        ("datadir", site.data.to_owned()),
        ("tmpdir", site.folder.to_owned()),
        // A path of a socket is short, and this folder's may be long.
        ("socket", PathBuf::from("socket")),
        ("pid-file", site.folder.join("pid")),
        ("init-file", begin),
    ] {
        command.arg(format!("--{setting}={}", path.display()));
    }
    command.arg(format!("--port={}", site.port));
    for setting in SETTINGS.iter().chain(site.settings) {
        command.arg(format!("--{setting}"));
    }
    let mut ready = Command::new(programs.admin);
    ready.args(["--no-defaults", "--protocol=tcp", "--host=127.0.0.1", "--user=evento"]);
    ready.arg(format!("--port={}", site.port)).arg(format!("--password={}", site.password)).arg("status");
    let address = format!("mysql://evento:{}@127.0.0.1:{}", site.password, site.port);
    Ok(Plan { command, stop: "USR1", ready, address })
}

/// The server's programs. Installs them when they are missing and this program may.
fn programs() -> Result<Programs> {
    if let Some(found) = find_programs() {
        return Ok(found);
    }
    package::install("mariadb-server", ADVICE)?;
    find_programs().context(ADVICE)
}

fn find_programs() -> Option<Programs> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
    // Where servers are on many systems, and not on the path of those who are not root.
    folders.extend(["/usr/sbin", "/usr/libexec", "/usr/local/sbin"].map(PathBuf::from));
    let find = |program: &str| {
        folders.iter().map(|folder| folder.join(program)).find(|program: &PathBuf| Path::is_file(program))
    };
    Some(Programs {
        install: find("mariadb-install-db")?,
        server: find("mariadbd")?,
        admin: find("mariadb-admin")?,
    })
}
