//! `cargo xtask torture log`: processes write to a log and read it while everything around them breaks; then it is counted
//! what was lost. `cargo xtask torture app`: the same with an application, its consumers and sagas.
//!
//! The processes are those of `evento-torture`, and of the example of customers and orders. Here they are started, killed,
//! stopped and started again, the server with them, as a plan says that is drawn from a seed.

mod app;
mod faults;
mod log;
mod naive;
mod plan;
mod process;
mod strikes;
mod tally;
mod warden;
mod workers;

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, ensure};
use clap::{Args, Subcommand, ValueEnum};

use crate::{
    project,
    servers::{Product, Server},
};

/// What is tortured.
#[derive(Subcommand)]
pub(crate) enum Torture {
    /// The log: what is acknowledged must be there, once and in order, and every reader must see it.
    Log(LogOptions),
    /// An application of several processes: what is acknowledged must have its consequences, and have them once.
    App(AppOptions),
}

/// How the log is tortured.
#[derive(Args, Clone)]
pub(crate) struct LogOptions {
    /// The store.
    #[arg(long, value_enum)]
    pub(crate) store: Store,
    /// How many processes write.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) processes: u32,
    /// How many tasks write in each of them.
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..=256))]
    pub(crate) writers: u32,
    /// How many processes read, each with a checkpoint of its own.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) readers: u32,
    /// How long, without the time that faults and the end take.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(4..=86_400))]
    pub(crate) seconds: u64,
    /// Draws the faults and what the writers send; another one each time unless given.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Which reader: ours, or one that trusts a sequence and loses events, to show that the count finds them.
    #[arg(long, value_enum, default_value_t = Reader::Ours)]
    pub(crate) reader: Reader,
}

/// How an application is tortured.
#[derive(Args, Clone)]
pub(crate) struct AppOptions {
    /// The store.
    #[arg(long, value_enum)]
    pub(crate) store: Store,
    /// How many processes run the application.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) processes: u32,
    /// How long, without the time that faults and the end take.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u64).range(6..=86_400))]
    pub(crate) seconds: u64,
    /// Draws the faults and what is sent; another one each time unless given.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
}

impl AppOptions {
    /// Those of a short run, which is a part of the tests.
    pub(crate) fn short(store: Store) -> Self {
        Self { store, processes: 2, seconds: 8, seed: None }
    }
}

/// The stores that can be tortured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Store {
    /// A SQLite file.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
    /// A database on a MariaDB server.
    #[value(name = "mysql")]
    MySql,
}

impl Store {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Sqlite, Self::Postgres, Self::MySql];

    /// As it is written in the command.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::MySql => "mysql",
        }
    }

    /// Starts a server for it, if it needs one.
    fn server(self, target: &Path, name: &str) -> Result<Option<Server>> {
        let product = match self {
            Self::Sqlite => return Ok(None),
            Self::Postgres => Product::Postgres,
            Self::MySql => Product::MariaDb,
        };
        Server::start(product, target, name, &[]).map(Some)
    }
}

/// The readers that can be tortured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Reader {
    /// The one of the store.
    Ours,
    /// One that reads what is behind the highest number that it has seen.
    Naive,
}

impl LogOptions {
    /// Those of a short run, which is a part of the tests.
    pub(crate) fn short(store: Store) -> Self {
        Self { store, processes: 2, writers: 3, readers: 2, seconds: 8, seed: None, reader: Reader::Ours }
    }
}

/// Builds the program and tortures.
pub(crate) fn run(torture: &Torture) -> Result<ExitCode> {
    let root = project::root();
    let is_good = match torture {
        Torture::Log(options) => {
            build(&root, &["--package", "evento-torture"])?;
            run_log(&root, &program(&root), options)?
        }
        Torture::App(options) => {
            build(&root, &["--package", "evento", "--example", "customers_and_orders", "--all-features"])?;
            run_app(&root, &app_program(&root), options)?
        }
    };
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Tortures the application that is built. Returns whether all was as it must be.
pub(crate) fn run_app(root: &Path, program: &Path, options: &AppOptions) -> Result<bool> {
    app::run(&project::target(root), program, options)
}

/// Tortures with a program that is built. Returns whether all was as it must be.
pub(crate) fn run_log(root: &Path, program: &Path, options: &LogOptions) -> Result<bool> {
    let target = project::target(root);
    match options.reader {
        Reader::Ours => log::run(&target, program, options),
        Reader::Naive => naive::run(&target, program, options.store, Duration::from_secs(options.seconds)),
    }
}

/// Where the program is when it is built.
pub(crate) fn program(root: &Path) -> PathBuf {
    project::target(root).join("debug/evento-torture")
}

/// Where the application is when it is built.
pub(crate) fn app_program(root: &Path) -> PathBuf {
    project::target(root).join("debug/examples/customers_and_orders")
}

fn build(root: &Path, what: &[&str]) -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .arg("build")
        .args(what)
        .current_dir(root)
        .stdin(Stdio::null())
        .status()
        .context("cargo cannot be started")?;
    ensure!(built.success(), "the program of the torture cannot be built");
    Ok(())
}
