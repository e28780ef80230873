//! The log of a store as a file, and from a file into another store.
//!
//! ```text
//! cargo run --example archive --features archive -- export --from sqlite:shop.db --to log.jsonl
//! cargo run --example archive --features archive,postgres -- import --from log.jsonl --to postgres://shop@localhost/shop
//! cargo run --example archive --features archive -- verify log.jsonl
//! cargo run --example archive --features archive -- verify log.jsonl --store sqlite:shop.db
//! ```
//!
//! It tells on standard error how far it is: by a bar on a terminal, and otherwise by a line for each tenth of the way.

use std::{
    io::{IsTerminal, stderr},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Parser, Subcommand};
use evento::{
    archive::{Export, Import, Phase, Progress, Summary, Verify},
    message::{Context, Position},
    open_store,
    prelude::*,
    store::SharedStore,
};
use indicatif::{ProgressBar, ProgressStyle};

/// Logs as files.
#[derive(Parser)]
struct Options {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Writes the log of a store, or a part of it, into a new file.
    Export {
        /// Which store: `sqlite:FILE`, and with the features for them `postgres://..` and `mysql://..`.
        #[arg(long, value_name = "URL")]
        from: String,
        /// Which file.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        /// Only events of this stored name; several times for several names.
        #[arg(long, value_name = "NAME")]
        event: Vec<String>,
        /// Only events of this context; several times for several contexts.
        #[arg(long, value_name = "CONTEXT")]
        context: Vec<String>,
        /// Only streams of this aggregate or service.
        #[arg(long, value_name = "NAME")]
        stream_kind: Option<String>,
        /// Only events behind this position.
        #[arg(long, value_name = "POSITION", default_value_t = 0)]
        after: u64,
        /// Only events up to and with this position.
        #[arg(long, value_name = "POSITION")]
        until: Option<u64>,
    },
    /// Writes what is in a file into a store. Called again, it goes on where it was interrupted.
    Import {
        /// Which file.
        #[arg(long, value_name = "FILE")]
        from: PathBuf,
        /// Which store.
        #[arg(long, value_name = "URL")]
        to: String,
        /// Behind what is there, at new positions.
        #[arg(long)]
        renumber: bool,
        /// Also when an observer or a saga is known to the store, which will take the events for new ones.
        #[arg(long)]
        even_if_observed: bool,
    },
    /// Whether a file is whole and unchanged, and whether all of it is in a store.
    Verify {
        /// Which file.
        file: PathBuf,
        /// Which store; without it, the file is looked at by itself.
        #[arg(long, value_name = "URL")]
        store: Option<String>,
        /// It was imported with `--renumber`.
        #[arg(long)]
        renumbered: bool,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    match run(Options::parse().command).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(command: Command) -> Result<()> {
    let mut bar = Bar::default();
    match command {
        Command::Export { from, to, event, context, stream_kind, after, until } => {
            let store: SharedStore = open_store(&from).await?;
            let mut export = Export::of(&*store)
                .events(event)
                .contexts(context.into_iter().map(Context::new))
                .after(Position(after))
                .progress(|so_far| bar.show(so_far));
            if let Some(kind) = stream_kind {
                export = export.stream_kind(kind);
            }
            if let Some(until) = until {
                export = export.until(Position(until));
            }
            let summary = export.to_file(&to).await?;
            store.close().await;
            tell(&summary);
        }
        Command::Import { from, to, renumber, even_if_observed } => {
            let store = open_store(&to).await?;
            let mut import = Import::from_file(&from).progress(|so_far| bar.show(so_far));
            if renumber {
                import = import.renumbered();
            }
            if even_if_observed {
                import = import.even_if_observed();
            }
            let imported = import.into_store(&*store).await?;
            store.close().await;
            tell(&imported.archive);
            println!("{} of them were written now; the log ends at {}", imported.written, imported.head);
        }
        Command::Verify { file, store, renumbered } => {
            let mut verify = Verify::file(&file).progress(|so_far| bar.show(so_far));
            if renumbered {
                verify = verify.renumbered();
            }
            let summary = match store {
                Some(store) => verify.against(&*open_store(&store).await?).await?,
                None => verify.alone().await?,
            };
            tell(&summary);
        }
    }
    Ok(())
}

fn tell(summary: &Summary) {
    let Summary { header, records, sha256, .. } = summary;
    println!("{records} events of log {}, sha256 {sha256}", header.log);
}

/// How far it is: a bar for somebody who looks, a few lines for a file that is looked at later.
#[derive(Default)]
struct Bar {
    shown: Option<(Phase, ProgressBar)>,
    /// The phase and the tenth of it that were printed last.
    printed: Option<(Phase, u64)>,
}

impl Bar {
    fn show(&mut self, so_far: &Progress) {
        let Progress { phase, done, total } = *so_far;
        if !stderr().is_terminal() {
            let reached = Some((phase, done.saturating_mul(10) / total.max(1)));
            if reached != self.printed {
                eprintln!("{phase} {done} of {total}");
                self.printed = reached;
            }
            return;
        }
        if self.shown.as_ref().is_none_or(|(shown, _)| *shown != phase) {
            let bar = ProgressBar::new(total).with_message(phase.to_string());
            let style = "{msg:10} {wide_bar} {pos}/{len} {per_sec}, {eta} left";
            self.shown = Some((
                phase,
                bar.with_style(
                    ProgressStyle::with_template(style).unwrap_or_else(|_| ProgressStyle::default_bar()),
                ),
            ));
        }
        if let Some((_, bar)) = &self.shown {
            bar.set_position(done);
            if done == total && !bar.is_finished() {
                bar.finish();
            }
        }
    }
}
