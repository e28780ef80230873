//! The developer's commands of evento, which are also the ones of continuous integration.
//!
//! ```text
//! cargo xtask test        build everything and run all tests
//! cargo xtask torture     break everything around a store while processes use it, and count what was lost
//! cargo xtask tidy        check the rules of the house
//! cargo xtask tidy --fix  the same, after rewriting what is copied from elsewhere
//! cargo xtask bench       measure, compared with statements written by hand
//! ```

mod bench;
mod project;
mod servers;
mod test;
mod tidy;
mod torture;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The developer's commands of evento.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build everything, examples included, and run all tests and doc tests.
    Test {
        /// Handed on to the test programs: a part of a test's name, for instance.
        #[arg(last = true)]
        arguments: Vec<String>,
    },
    /// Break everything around a store while processes use it, and count what was lost.
    Torture {
        #[command(subcommand)]
        torture: torture::Torture,
    },
    /// Check the rules of the house: architecture, texts, copies.
    Tidy {
        /// First rewrite what is copied from elsewhere.
        #[arg(long)]
        fix: bool,
    },
    /// Measure how fast everything is, compared with statements written by hand and with others.
    Bench {
        /// Measure less, in about two minutes: for a first look, too short for small differences.
        #[arg(long)]
        quick: bool,
        /// Print the rows as JSON.
        #[arg(long)]
        json: bool,
        /// Leave out other frameworks, which take minutes to build.
        #[arg(long)]
        no_peers: bool,
        /// Only what has all of these words in its name, such as `commands postgres`. Two others stand alone: `compile`, what it
        /// costs to build with evento, and `graph`, how long the compiler takes to check the graph of a large bundle.
        words: Vec<String>,
    },
}

fn main() -> ExitCode {
    let done = match Arguments::parse().command {
        Command::Test { arguments } => test::run(&arguments),
        Command::Torture { torture } => torture::run(&torture),
        Command::Tidy { fix } => tidy::run(fix),
        Command::Bench { quick, json, no_peers, words } => {
            bench::run(&bench::Options { quick, json, no_peers, words })
        }
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
