//! Database servers that are thrown away: each with its own folder, its own port, its own superuser, and nothing of a server
//! that is there already.
//!
//! What is peculiar to a product stands in its file, as a [`Plan`]; all else is the same for each.

mod keeper;
mod package;
mod postgres;
mod user;

use std::{
    collections::hash_map::RandomState,
    fs,
    hash::BuildHasher,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use self::{
    keeper::Keeper,
    user::{User, succeeds},
};

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A kind of server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Product {
    /// PostgreSQL.
    Postgres,
}

impl Product {
    fn name(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
        }
    }

    /// The users that may run it when root must not, the best one first.
    fn users(self) -> &'static [&'static str] {
        match self {
            Self::Postgres => &["postgres", "nobody"],
        }
    }
}

/// Where a server is to be, and who runs it: what a product makes a [`Plan`] of.
struct Site<'a> {
    user: &'a User,
    /// The server's own folder, which is there and empty.
    folder: &'a Path,
    /// The folder of its data in it, which is not there yet.
    data: &'a Path,
    port: u16,
    /// A password for its superuser.
    password: String,
    /// Settings beyond those that every server of the product gets, as `name=value`.
    settings: &'a [&'a str],
}

/// How a server whose data folder has been made is run.
struct Plan {
    /// Runs it in the foreground.
    command: Command,
    /// The signal that stops it at once, without waiting for anybody.
    stop: &'static str,
    /// Succeeds when it answers.
    ready: Command,
    /// The address with user and password.
    address: String,
}

/// A server that is there as long as this value is, and goes with the program whatever ends it.
pub(crate) struct Server {
    keeper: Keeper,
    plan: Plan,
    user: User,
    folder: PathBuf,
    data: PathBuf,
}

impl Server {
    /// Starts a server, whose folder lies in `within` when its user can get there, and waits until it answers.
    /// `settings` are those beyond the usual ones, as `name=value`.
    pub(crate) fn start(product: Product, within: &Path, name: &str, settings: &[&str]) -> Result<Self> {
        let user = User::unprivileged(product.users())?;
        let folder = user.folder(within, &format!("{}-{name}-{}", product.name(), std::process::id()))?;
        let made = Self::make(product, user, folder.clone(), settings);
        if made.is_err() {
            // The failure that is being told says more than that of the removal would.
            let _ = fs::remove_dir_all(&folder);
        }
        let mut server = made?;
        server.start_again()?;
        Ok(server)
    }

    fn make(product: Product, user: User, folder: PathBuf, settings: &[&str]) -> Result<Self> {
        let data = folder.join("data");
        let password = format!("{:016x}", RandomState::new().hash_one(std::process::id()));
        let site = Site { user: &user, folder: &folder, data: &data, port: free_port()?, password, settings };
        let plan = match product {
            Product::Postgres => postgres::plan(&site),
        }?;
        let keeper = Keeper::new(&folder, plan.stop, &plan.command)?;
        Ok(Self { keeper, plan, user, folder, data })
    }

    /// The address with user and password. It stays the same when the server is started again.
    pub(crate) fn address(&self) -> &str {
        &self.plan.address
    }

    /// Stops the server at once, without waiting for anybody: it has to recover when it is started again. It is gone when
    /// this returns.
    pub(crate) fn stop_at_once(&mut self) -> Result<()> {
        self.keeper.stop()
    }

    /// Starts the server that was stopped, at the same port, and waits until it answers.
    pub(crate) fn start_again(&mut self) -> Result<()> {
        self.keeper.start()?;
        let until = Instant::now() + PATIENCE;
        while !succeeds(&mut self.plan.ready) {
            if Instant::now() > until {
                let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
                bail!("the server does not start: {log}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Copies the data of a server that is stopped, under a name.
    pub(crate) fn take_copy(&self, name: &str) -> Result<()> {
        replace(&self.user, &self.data, &self.copy(name))
    }

    /// Replaces the data of a server that is stopped by a copy that was taken of it.
    pub(crate) fn return_to(&self, name: &str) -> Result<()> {
        replace(&self.user, &self.copy(name), &self.data)
    }

    fn copy(&self, name: &str) -> PathBuf {
        self.folder.join(format!("copy-{name}"))
    }
}

/// Makes `to` a copy of the folder `from`, with nothing else in it.
fn replace(user: &User, from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        fs::remove_dir_all(to).with_context(|| format!("{} cannot be removed", to.display()))?;
    }
    let copied = user
        .command(Path::new("cp"))
        .args(["-R", "-p"])
        .args([from, to])
        .stdin(Stdio::null())
        .output()
        .context("cp cannot be started")?;
    if !copied.status.success() {
        bail!("{} cannot be copied: {}", from.display(), String::from_utf8_lossy(&copied.stderr));
    }
    Ok(())
}

/// A port at which nobody listens. Not one of those that the system gives to outgoing connections: while the server is
/// down, one of them could take its port.
fn free_port() -> Result<u16> {
    const PORTS: std::ops::Range<u64> = 10_240..32_768;
    const TRIES: u64 = 100;
    let draw = RandomState::new();
    (0..TRIES)
        .map(|each| PORTS.start + draw.hash_one(each) % (PORTS.end - PORTS.start))
        .filter_map(|port| u16::try_from(port).ok())
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .context("there is no free port")
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    fn place_of(server: &Server) -> String {
        let (_, host) = server.address().rsplit_once('@').expect("an address");
        host.split_once('/').expect("an address with a database").0.to_owned()
    }

    #[test]
    fn a_server_goes_with_its_value() {
        let server = Server::start(Product::Postgres, &std::env::temp_dir(), "goes", &[]).expect("a server");
        let (place, folder) = (place_of(&server), server.folder.clone());
        TcpStream::connect(&place).expect("a server that listens");
        drop(server);
        TcpStream::connect(&place).expect_err("nobody must listen any more");
        assert!(!folder.exists(), "nothing must be left of it");
    }

    #[test]
    fn a_server_that_was_stopped_comes_back_with_the_copy_of_its_data() {
        let mut server =
            Server::start(Product::Postgres, &std::env::temp_dir(), "returns", &[]).expect("a server");
        let place = place_of(&server);
        let later = server.data.join("later");
        server.stop_at_once().expect("a server that stops");
        TcpStream::connect(&place).expect_err("nobody must listen");
        server.take_copy("older").expect("a copy");
        fs::write(&later, "").expect("a change of the data");
        server.return_to("older").expect("the copy in place of the data");
        assert!(!later.exists(), "the data must be that of the copy");
        server.start_again().expect("a server that starts again");
        TcpStream::connect(&place).expect("a server that listens at the same place");
    }
}
