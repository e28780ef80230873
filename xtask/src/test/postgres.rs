//! A PostgreSQL server that is thrown away: its own folder, its own port, its own superuser, and nothing of a server that is
//! there already.

use std::{
    collections::hash_map::RandomState,
    fs,
    hash::BuildHasher,
    io::Write,
    net::TcpListener,
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// Keeps a server as long as its standard input is open, which it is as long as the process that started it lives: whatever
/// ends that one, be it a failure, a panic, Ctrl-C or a kill, ends the server too, and its folder.
const KEEPER: &str = r#"
trap '' INT TERM HUP
folder=$1
shift
"$@" >"$folder/log" 2>&1 </dev/null &
server=$!
cat >/dev/null
kill -QUIT "$server" 2>/dev/null
wait "$server"
rm -rf "$folder"
"#;

/// A server that is there as long as this value is.
pub(super) struct Server {
    keeper: Child,
    alive: Option<ChildStdin>,
    address: String,
}

impl Server {
    /// Starts a server, whose folder lies in `folder` when its user can get there.
    pub(super) fn start(folder: &Path, name: &str) -> Result<Self> {
        let programs = programs()?;
        let user = User::unprivileged()?;
        let folder = user.folder(folder, &format!("postgres-{name}-{}", std::process::id()))?;
        let started = start(&programs, &user, &folder);
        if started.is_err() {
            // The failure that is being told says more than that of the removal would.
            let _ = fs::remove_dir_all(&folder);
        }
        started
    }

    pub(super) fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.alive.take());
        // It ends by itself; waiting only makes sure that nothing is left when this program ends.
        let _ = self.keeper.wait();
    }
}

fn start(programs: &Path, user: &User, folder: &Path) -> Result<Server> {
    let password = format!("{:016x}", RandomState::new().hash_one(std::process::id()));
    let password_file = folder.join("password");
    let data = folder.join("data");
    let mut file = fs::File::create(&password_file).context("the password of a server cannot be written")?;
    writeln!(file, "{password}").context("the password of a server cannot be written")?;
    user.owns(&password_file)?;
    let made = user
        .command(&programs.join("initdb"))
        .arg("-D")
        .arg(&data)
        .args(["-U", "evento", "-A", "password", "-E", "UTF8", "--no-locale", "--no-sync"])
        .arg(format!("--pwfile={}", password_file.display()))
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .context("initdb of PostgreSQL cannot be started")?;
    ensure!(made.status.success(), "initdb of PostgreSQL failed: {}", String::from_utf8_lossy(&made.stderr));

    let port = free_port()?;
    let mut server = user.command(&programs.join("postgres"));
    server.arg("-D").arg(&data).args(["-p", &port.to_string()]);
    for setting in ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=500"] {
        server.args(["-c", setting]);
    }
    let mut keeper = Command::new("sh")
        .args(["-c", KEEPER, "sh"])
        .arg(folder)
        .arg(server.get_program())
        .args(server.get_args())
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // Ctrl-C ends this program, and with it the keeper's input; the keeper itself has work to do then.
        .process_group(0)
        .spawn()
        .context("a shell must be there to keep a server")?;
    let alive = keeper.stdin.take();
    let address = format!("postgres://evento:{password}@127.0.0.1:{port}/postgres");
    let server = Server { keeper, alive, address };
    let until = Instant::now() + PATIENCE;
    while !is_ready(programs, port) {
        if Instant::now() > until {
            let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
            bail!("PostgreSQL does not start: {log}");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(server)
}

fn is_ready(programs: &Path, port: u16) -> bool {
    let asked = Command::new(programs.join("pg_isready"))
        .args(["-q", "-h", "127.0.0.1", "-p", &port.to_string()])
        .stdin(Stdio::null())
        .status();
    asked.is_ok_and(|asked| asked.success())
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0").context("there is no free port")?;
    Ok(listener.local_addr().context("there is no free port")?.port())
}

/// The folder of the server's programs. Installs them when they are missing and this program may.
fn programs() -> Result<PathBuf> {
    if let Some(found) = find_programs() {
        return Ok(found);
    }
    const ADVICE: &str = "PostgreSQL is needed for the tests: install the package `postgresql` of your system, or set EVENTO_TEST_POSTGRES and EVENTO_TEST_POSTGRES_FRAGILE to addresses of servers for tests";
    ensure!(is_root() && succeeds(Command::new("apt-get").arg("--version")), "{ADVICE}");
    eprintln!("installing the package `postgresql`");
    let install = || {
        let mut apt = Command::new("apt-get");
        apt.args(["install", "--yes", "--no-install-recommends", "postgresql"]);
        apt.env("DEBIAN_FRONTEND", "noninteractive");
        succeeds(&mut apt)
    };
    // Without lists of packages, they are fetched first.
    if !install() {
        succeeds(Command::new("apt-get").arg("update"));
        ensure!(install(), "{ADVICE}");
    }
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
        .filter_map(|initdb| initdb.parent().map(Path::to_owned));
    let mut versions: Vec<PathBuf> = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"]
        .iter()
        .filter_map(|folder| fs::read_dir(folder).ok())
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path().join("bin")))
        .collect();
    versions.sort();
    linked.chain(versions.into_iter().rev()).find(complete)
}

/// Who runs the server. PostgreSQL refuses to be run by root.
struct User {
    /// The numbers of user and group, when it is another user than that of this program.
    other: Option<(u32, u32)>,
}

impl User {
    fn unprivileged() -> Result<Self> {
        if !is_root() {
            return Ok(Self { other: None });
        }
        for name in ["postgres", "nobody"] {
            if let (Some(user), Some(group)) = (id(&["-u", name]), id(&["-g", name])) {
                return Ok(Self { other: Some((user, group)) });
            }
        }
        bail!("PostgreSQL refuses to be run by root, and there is no user `postgres` or `nobody`");
    }

    /// A command that this user runs.
    fn command(&self, program: &Path) -> Command {
        let Some((user, group)) = self.other else { return Command::new(program) };
        let mut command = Command::new("setpriv");
        command.arg(format!("--reuid={user}")).arg(format!("--regid={group}"));
        command.arg("--clear-groups").arg(program);
        command
    }

    /// Gives a file or folder to this user.
    fn owns(&self, path: &Path) -> Result<()> {
        let Some((user, group)) = self.other else { return Ok(()) };
        let given = std::os::unix::fs::chown(path, Some(user), Some(group));
        given.with_context(|| format!("{} cannot be given to the user of the server", path.display()))
    }

    /// Makes a folder of this user's: in `within`, or among temporary files when it cannot get there.
    fn folder(&self, within: &Path, name: &str) -> Result<PathBuf> {
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
        bail!("there is no folder in which a user without privileges can run PostgreSQL");
    }
}

fn is_root() -> bool {
    id(&["-u"]) == Some(0)
}

fn id(arguments: &[&str]) -> Option<u32> {
    let output =
        Command::new("id").args(arguments).stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

fn succeeds(command: &mut Command) -> bool {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn a_server_goes_with_its_value() {
        let server = Server::start(&std::env::temp_dir(), "own-test").expect("a server");
        let (_, host) = server.address().rsplit_once('@').expect("an address");
        let (host, _) = host.split_once('/').expect("an address with a database");
        let host = host.to_owned();
        TcpStream::connect(&host).expect("a server that listens");
        drop(server);
        TcpStream::connect(&host).expect_err("nobody must listen any more");
    }
}
