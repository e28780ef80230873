//! Customers with a credit limit, and orders that need some of it: a transaction over two aggregates that is consistent in the
//! end, and correct all the time.
//!
//! ```text
//! cargo run --example customers_and_orders                                a story on the terminal, on a database of its own
//! cargo run --example customers_and_orders -- --store sqlite:shop.db      the same on a file that is kept: run it twice
//! cargo run --example customers_and_orders -- --processes 3               the same with three processes on the store
//! cargo run --example customers_and_orders -- graph --format svg          a picture of it, drawn from the code alone
//! ```
//!
//! Read it in this order: `payloads` (what is said), `write_side` (what is decided), `process` (what follows), `read_side` (what
//! is shown), `authorisation.rs` (who may), `bundle.rs` (what belongs together), `invoker.rs` (the way in), and then `story`.
//! `workload` belongs to the tests, which break everything around the application.
#![allow(
    unreachable_pub,
    missing_docs,
    reason = "an application has no API to document; its modules still say `pub`"
)]

mod authorisation;
mod bundle;
mod invoker;
mod payloads;
mod process;
mod processes;
mod read_side;
mod story;
mod workload;
mod write_side;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};
use evento::{GraphFormat, prelude::*};

use crate::{processes::Processes, write_side::MailServer};

/// Customers and orders on evento.
#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Options {
    #[command(subcommand)]
    command: Option<Command>,
    /// Where everything is kept: `memory:`, `sqlite:FILE`, and with the features for them `postgres://USER@HOST/DATABASE` and
    /// `mysql://USER@HOST/DATABASE`. Without it, a temporary SQLite file is used.
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// Where mails go to: a folder with a file for each. Without it, a temporary folder is used.
    #[arg(long, value_name = "FOLDER")]
    mails: Option<PathBuf>,
    /// How many processes share the work on the store.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    processes: u32,
    /// Is one of these processes: works until its standard input is closed.
    #[arg(long, hide = true)]
    worker: bool,
    #[command(flatten)]
    workload: workload::Workload,
}

#[derive(Subcommand)]
enum Command {
    /// Prints who sends, handles, writes and reads what. It needs no store.
    Graph {
        /// `json`, `mermaid` or `svg`.
        #[arg(long, default_value_t)]
        format: GraphFormat,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse()).await {
        Ok(code) => code,
        Err(error) => {
            // `#` also tells the causes: what could not be done, and why.
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<ExitCode> {
    if let Some(Command::Graph { format }) = options.command {
        print!("{}", bundle::OrdersBundle::describe().render(format));
        return Ok(ExitCode::SUCCESS);
    }
    // Removed when it goes out of scope, so it lives as long as the application.
    let temporary = tempfile::tempdir()?;
    let in_file = || format!("sqlite:{}", temporary.path().join("orders.db").display());
    let store = options.store.unwrap_or_else(in_file);
    let folder = options.mails.unwrap_or_else(|| temporary.path().join("mails"));
    let mails = MailServer::in_folder(&folder)?;

    if options.worker {
        processes::work(&store, mails).await?;
    } else if options.workload.is_asked_for() {
        return workload::run(&store, mails, &options.workload).await;
    } else {
        let others = Processes::start(options.processes - 1, &store, &folder)?;
        story::tell(&store, mails).await?;
        others.end().await?;
    }
    Ok(ExitCode::SUCCESS)
}
