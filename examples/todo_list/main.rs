//! A to-do list: the tutorial application of the architecture, complete.
//!
//! ```text
//! cargo run --example todo_list                              a story on the terminal, on a database of its own
//! cargo run --example todo_list -- --store sqlite:todo.db    the same on a file that is kept: run it twice
//! cargo run --example todo_list -- --serve 127.0.0.1:3000    the application behind HTTP
//! cargo run --example todo_list -- graph --format svg        a picture of it, drawn from the code alone
//! ```
//!
//! Read it in this order: `payloads` (what is said), `write_side` (what is decided), `read_side` (what is shown), `process`
//! (what follows), `bundle.rs` (what belongs together), `invoker.rs` (the way in), and then the two that use it: `story`
//! and `http`.
#![allow(
    unreachable_pub,
    missing_docs,
    reason = "an application has no API to document; its modules still say `pub`"
)]

mod bundle;
mod http;
mod invoker;
mod payloads;
mod process;
mod read_side;
mod story;
mod workload;
mod write_side;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use evento::{GraphFormat, prelude::*};

/// A to-do list on evento.
#[derive(Parser)]
#[command(args_conflicts_with_subcommands = true)]
struct Options {
    #[command(subcommand)]
    command: Option<Command>,
    /// Where everything is kept: `memory:`, `sqlite:FILE`, and with the features for them `postgres://USER@HOST/DATABASE` and
    /// `mysql://USER@HOST/DATABASE`. Without it, a temporary SQLite file is used.
    #[arg(long, value_name = "URL")]
    store: Option<String>,
    /// Offers the application over HTTP, for instance on 127.0.0.1:3000. Port 0 takes a free one.
    #[arg(long, value_name = "ADDR")]
    serve: Option<String>,
    #[command(flatten)]
    limits: http::Limits,
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
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // `#` also tells the causes: what could not be done, and why.
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<()> {
    if let Some(Command::Graph { format }) = options.command {
        print!("{}", bundle::TodoBundle::describe().render(format));
        return Ok(());
    }
    // Removed when it goes out of scope, so it lives as long as the application.
    let temporary = tempfile::tempdir()?;
    let in_file = || format!("sqlite:{}", temporary.path().join("todo.db").display());
    let store = options.store.unwrap_or_else(in_file);

    if let Some(address) = options.serve {
        http::serve(&store, &address, options.limits).await
    } else if options.workload.is_asked_for() {
        workload::run(&store, &options.workload).await
    } else {
        story::tell(&store).await
    }
}
