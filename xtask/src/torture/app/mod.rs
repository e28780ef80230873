//! One torture of an application, from the first process to the audit.
//!
//! The application is the example of customers and orders, whose processes share the work on one store. What they were told stands
//! in their journals; what was done to them, in a file beside these.

mod faults;
mod plan;
mod strikes;
mod workers;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result};

use self::{faults::Victims, workers::Workers};
use super::{AppOptions, Store, tally::Tally, warden::Warden};
use crate::servers::Server;

/// How long a process keeps its consumers when it is not heard of. A SQLite file lets one process write at a time, and keeps the
/// heartbeats of the others waiting for longer.
const LEASE: Duration = Duration::from_millis(1_500);
/// The folders of a run, and the file with what was done to its processes.
const JOURNALS: &str = "journals";
const MAILS: &str = "mails";
const OUTAGES: &str = "outages";

/// What all processes are started with.
struct Common {
    program: PathBuf,
    folder: PathBuf,
    address: String,
    options: AppOptions,
    seed: u64,
}

impl Common {
    /// The command of a process, in the group that the warden watches over.
    fn command(&self, warden: &Warden) -> Result<Command> {
        let mut command = Command::new(&self.program);
        command.args(["--store", &self.address]);
        command.arg("--mails").arg(self.folder.join(MAILS));
        command.arg("--journals").arg(self.folder.join(JOURNALS));
        command.args(["--lease", &LEASE.as_millis().to_string()]);
        warden.watches(&mut command)?;
        Ok(command)
    }
}

/// Tortures. Returns whether all was as it must be.
pub(super) fn run(target: &Path, program: &Path, options: &AppOptions) -> Result<bool> {
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..));
    let AppOptions { store, processes, seconds, .. } = options;
    println!(
        "torture of an application: --store {} --processes {processes} --seconds {seconds} --seed {seed}",
        store.name()
    );
    let folder = target.join(format!("torture-app-{}-{}", store.name(), std::process::id()));
    fs::create_dir_all(folder.join(JOURNALS))
        .with_context(|| format!("{} cannot be made", folder.display()))?;
    // The workers go before the server does: what is dropped first was declared last.
    let mut server = store.server(target, "application")?;
    let warden = Warden::new(&folder)?;
    let address = match (store, &server) {
        (Store::MySql, Some(server)) => format!("{}/application", server.address()),
        (_, Some(server)) => server.address().to_owned(),
        (_, None) => format!("sqlite:{}", folder.join("orders.db").display()),
    };
    let options = options.clone();
    let common = Common { program: program.to_owned(), folder: folder.clone(), address, options, seed };
    let done = torture(common, &warden, server.as_mut());
    if !matches!(done, Ok(true)) {
        warden.keep_folder()?;
        println!("what the processes noted is in {}", folder.display());
    }
    done
}

fn torture(common: Common, warden: &Warden, server: Option<&mut Server>) -> Result<bool> {
    let AppOptions { store, seconds, .. } = common.options;
    let mut lots = fastrand::Rng::with_seed(common.seed);
    let length = Duration::from_secs(seconds);
    let plan = plan::draw(store, length, LEASE, &mut lots);
    let workers = Workers::start(common, warden)?;
    let mut victims = Victims { workers, server, strikes: Tally::new(store), lots };
    victims.suffer(&plan, length)?;
    let Victims { mut workers, strikes, .. } = victims;
    let bad = workers.end()?;
    let audited = audit(&workers)?;
    println!("{:>9}  processes that did not come to a good end", bad.len());
    bad.iter().for_each(|bad| println!("    {bad}"));
    print!("{strikes}");
    let good = audited && bad.is_empty() && strikes.is_complete();
    println!("{}", if good { "all is as it must be" } else { "something is wrong" });
    Ok(good)
}

/// Lets the program come to rest and count. Returns whether it found nothing wrong.
fn audit(workers: &Workers<'_>) -> Result<bool> {
    let mut command = workers.command()?;
    let errors = fs::File::create(workers.folder().join("audit.errors"));
    command.stderr(errors.context("the errors of the audit cannot be kept")?);
    let audited = command
        .args(["--audit", "--faults", "0"])
        .stdin(Stdio::null())
        .status()
        .context("the audit cannot be started")?;
    Ok(audited.success())
}
