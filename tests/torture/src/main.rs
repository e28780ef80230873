//! What `cargo xtask torture log` runs: processes that write to a log and read it, one that gets in their way, and the count
//! of what was lost. The rest, which starts and ends them and breaks what is around them, is in `xtask`.

mod calls;
mod count;
mod database;
mod dump;
mod era;
mod journal;
mod naive;
mod orders;
mod reader;
mod sabotage;
mod writer;

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

use self::{reader::Reader, writer::Writer};

/// The processes of a torture of the log.
#[derive(Parser)]
#[command(name = "evento-torture")]
struct Arguments {
    #[command(subcommand)]
    role: Role,
}

/// What a worker is told about itself.
#[derive(Args)]
struct Worker {
    /// The address of the store.
    #[arg(long)]
    store: String,
    /// The folder of journals.
    #[arg(long)]
    folder: PathBuf,
    /// The name of this worker, which no other one has or had.
    #[arg(long)]
    name: String,
}

#[derive(Subcommand)]
enum Role {
    /// Prepares a new database.
    Prepare {
        /// The address of the store.
        #[arg(long)]
        store: String,
    },
    /// Writes until its standard input is closed.
    Writer {
        #[command(flatten)]
        worker: Worker,
        /// Of the run.
        #[arg(long)]
        seed: u64,
        /// Of this process.
        #[arg(long)]
        process_seed: u64,
        /// How many write at the same time.
        #[arg(long)]
        tasks: u64,
    },
    /// Reads until its standard input is closed, and then up to the head.
    Reader {
        #[command(flatten)]
        worker: Worker,
        /// Which reader it is; another process may have been the same one before.
        #[arg(long)]
        number: u32,
    },
    /// Holds a transaction open, and does what it is told.
    Saboteur {
        /// The address of the store.
        #[arg(long)]
        store: String,
    },
    /// Writes all that the store has into a file.
    Dump {
        /// The address of the store.
        #[arg(long)]
        store: String,
        /// The folder of journals.
        #[arg(long)]
        folder: PathBuf,
        /// How many readers there are.
        #[arg(long)]
        readers: u32,
        /// The file.
        #[arg(long)]
        to: PathBuf,
    },
    /// Compares the journals with what the store has, and says what is wrong.
    Count {
        /// The folder of journals.
        #[arg(long)]
        folder: PathBuf,
        /// What the store has in the end.
        #[arg(long)]
        last: PathBuf,
        /// What the store had when an older copy took its place.
        #[arg(long)]
        replaced: Option<PathBuf>,
    },
    /// Shows that the count finds losses: a reader that trusts a sequence, on a table of its own.
    Naive {
        /// The address of a PostgreSQL server.
        #[arg(long)]
        store: String,
        /// How long.
        #[arg(long)]
        seconds: u64,
    },
}

fn main() -> Result<ExitCode> {
    let role = Arguments::parse().role;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let code = runtime.block_on(play(role))?;
    // The thread that waits for orders may wait for ever.
    runtime.shutdown_background();
    Ok(code)
}

async fn play(role: Role) -> Result<ExitCode> {
    match role {
        Role::Prepare { store } => sabotage::prepare(&store).await?,
        Role::Writer { worker, seed, process_seed, tasks } => {
            let end = orders::end();
            let store = database::open(&worker.store, &worker.name).await?;
            let writer = Writer::new(store, &worker.folder, &worker.name, (seed, process_seed))?;
            writer::run(writer, tasks, end).await?;
        }
        Role::Reader { worker, number } => {
            let end = orders::end();
            let store = database::open(&worker.store, &worker.name).await?;
            Reader::new(store, &worker.folder, &worker.name, number, end)?.run().await?;
        }
        Role::Saboteur { store } => sabotage::run(&store).await?,
        Role::Dump { store, folder, readers, to } => dump::run(&store, &folder, readers, &to).await?,
        Role::Count { folder, last, replaced } => {
            return count::run(&folder, &last, replaced.as_deref());
        }
        Role::Naive { store, seconds } => {
            let counts = naive::run(&store, std::time::Duration::from_secs(seconds)).await?;
            print!("{counts}");
            return Ok(if counts.unseen > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
    }
    Ok(ExitCode::SUCCESS)
}
