//! `cargo xtask bench`: how fast evento is, compared with statements written by hand and with others, in one run.
//!
//! Machines differ and are noisy, so a target is a ratio to something that is measured in turn with ours, round by round. Each
//! measurement is a process of its own, which begins with an empty database.

mod case;
mod compile;
mod graph;
mod machine;
mod place;
mod plot;
mod program;
mod report;
mod row;
mod sample;
mod suites;
mod table;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Result, ensure};
use serde_json::Value;

use self::{case::Side, place::Places, plot::Curve, row::Row, suites::SUITES};
use crate::project;

/// The words for what is measured of the compiler, which has nothing in common with the rest.
const COMPILE: &str = "compile";
const GRAPH: &str = "graph";

/// What to measure and how to tell.
pub(crate) struct Options {
    /// Whether to measure less, for a first look.
    pub(crate) quick: bool,
    /// Whether to print the rows as JSON.
    pub(crate) json: bool,
    /// Whether to leave out other frameworks, which take minutes to build.
    pub(crate) no_peers: bool,
    /// Only suites with all of these in their names.
    pub(crate) words: Vec<String>,
}

/// How much is measured.
struct Scale {
    rounds: usize,
    /// How many commands are sent.
    commands: usize,
    /// How many of them where they cost next to nothing.
    commands_in_memory: usize,
    /// How often an aggregate is loaded.
    loads: usize,
    /// How many events there are to catch up with.
    catch_up: usize,
    /// How many events are heard.
    latencies: usize,
    /// How many streams a small log and a large one have.
    streams: (usize, usize),
    /// How often something is done in a log that has grown, of which the commands are the more.
    growth: usize,
}

const FULL: Scale = Scale {
    rounds: 3,
    commands: 10_000,
    commands_in_memory: 20_000,
    loads: 30,
    catch_up: 100_000,
    latencies: 200,
    streams: (1_000, 100_000),
    growth: 300,
};

const QUICK: Scale = Scale {
    rounds: 3,
    commands: 2_000,
    commands_in_memory: 20_000,
    loads: 10,
    catch_up: 10_000,
    latencies: 50,
    streams: (300, 3_000),
    growth: 100,
};

/// Everything that suites need.
struct Bench {
    scale: Scale,
    places: Places,
    evento: PathBuf,
    peers: Option<PathBuf>,
    /// What will be plotted.
    curves: Vec<Curve>,
}

impl Bench {
    /// The program that measures a side; nothing when it is left out.
    fn program(&self, side: Side) -> Option<&Path> {
        match side {
            Side::Ours | Side::Floor | Side::Locked => Some(&self.evento),
            Side::CqrsEs => self.peers.as_deref(),
        }
    }
}

/// Builds, measures, and tells.
pub(crate) fn run(options: &Options) -> Result<ExitCode> {
    match options.words.as_slice() {
        [word] if word == COMPILE => return compile::run(options.quick, options.json),
        [word] if word == GRAPH => return graph::run(options.quick),
        _ => {}
    }
    let root = project::root();
    let chosen: Vec<_> =
        SUITES.iter().filter(|(name, _)| options.words.iter().all(|word| name.contains(&**word))).collect();
    let names = || SUITES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    ensure!(
        !chosen.is_empty(),
        "no suite has {:?} in its name: {}, {COMPILE}, {GRAPH}",
        options.words,
        names()
    );
    let evento = program::EVENTO.build(&root)?;
    let peers = if options.no_peers { None } else { Some(program::PEERS.build(&root)?) };
    let scale = if options.quick { QUICK } else { FULL };
    let places = Places::new(&project::target(&root), evento.clone())?;
    let mut bench = Bench { scale, places, evento, peers, curves: Vec::new() };
    let mut rows = Vec::new();
    for (name, suite) in chosen {
        eprintln!("{name}");
        suite(&mut bench, &mut rows)?;
    }
    let machine = machine::describe(&bench.places, &bench.scale)?;
    if options.json {
        println!("{:#}", Value::Array(rows.iter().map(Row::to_json).collect()));
    } else {
        machine.iter().for_each(|line| println!("{line}"));
        println!("\n{}", table::aligned(&rows));
    }
    // What is published is everything, measured for long enough; the rest is for those who look at it now.
    let all = !options.quick && !options.no_peers && options.words.is_empty();
    let folder = if all { root.join("docs") } else { project::target(&root).join("bench") };
    report::write(&folder, &machine, &rows, &bench.curves)?;
    Ok(ExitCode::SUCCESS)
}
