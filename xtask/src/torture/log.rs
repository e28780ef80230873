//! One torture of the log, from the first process to the count.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, ensure};

use super::{
    LogOptions, Store,
    faults::{REPLACED, Victims, enter_era},
    plan,
    process::Obedient,
    strikes::Strike,
    tally::Tally,
    warden::Warden,
    workers::{Common, Workers},
};
use crate::servers::Server;

/// Tortures. Returns whether all was as it must be.
pub(super) fn run(target: &Path, program: &Path, options: &LogOptions) -> Result<bool> {
    let seed = options.seed.unwrap_or_else(|| fastrand::u64(..));
    let LogOptions { store, processes, writers, readers, seconds, .. } = options;
    println!(
        "torture of the log: --store {} --processes {processes} --writers {writers} --readers {readers} --seconds {seconds} --seed {seed}",
        store.name()
    );
    let folder = target.join(format!("torture-{}-{}", store.name(), std::process::id()));
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be made", folder.display()))?;
    // The workers go before the server does: what is dropped first was declared last.
    let mut server = store.server(target, "torture")?;
    let warden = Warden::new(&folder)?;
    let address = match (store, &server) {
        (Store::MySql, Some(server)) => format!("{}/torture", server.address()),
        (_, Some(server)) => server.address().to_owned(),
        (_, None) => format!("sqlite:{}", folder.join("log.db").display()),
    };
    let options = options.clone();
    let common = Common { program: program.to_owned(), folder: folder.clone(), address, options, seed };
    let done = torture(common, &warden, server.as_mut());
    if !matches!(done, Ok(true)) {
        warden.keep_folder()?;
        println!("what the workers noted is in {}", folder.display());
    }
    done
}

fn torture(common: Common, warden: &Warden, server: Option<&mut Server>) -> Result<bool> {
    let LogOptions { store, seconds, .. } = common.options;
    let mut lots = fastrand::Rng::with_seed(common.seed);
    let length = Duration::from_secs(seconds);
    let plan = plan::draw(store, length, &mut lots);

    enter_era(&common.folder, 0)?;
    succeed(&mut common.command(warden, "prepare")?).context("preparing the database")?;
    let mut saboteur = Obedient::start("saboteur".to_owned(), &mut common.command(warden, "saboteur")?)?;
    saboteur.order("hold")?;
    let workers = Workers::start(common, warden)?;
    let mut victims = Victims { workers, saboteur, server, strikes: Tally::new(store), lots };
    victims.suffer(&plan, length)?;
    let Victims { mut workers, mut saboteur, server, mut strikes, .. } = victims;
    let bad = workers.end()?;

    strikes.add(Strike::OpenTransaction, saboteur.order("hold")?);
    if server.is_some() {
        strikes.add(Strike::CommitStalled, saboteur.order("stalls")?);
    }
    let last = dump(&workers, "last")?;
    let replaced = match server {
        Some(server) => {
            server.stop_at_once()?;
            server.return_to(REPLACED)?;
            server.start_again()?;
            Some(dump(&workers, REPLACED)?)
        }
        None => None,
    };
    let counted = count(&workers, &last, replaced.as_deref())?;
    println!("{:>9}  workers that did not come to a good end", bad.len());
    bad.iter().for_each(|bad| println!("    {bad}"));
    print!("{strikes}");
    let good = counted && bad.is_empty() && strikes.is_complete();
    println!("{}", if good { "all is as it must be" } else { "something is wrong" });
    Ok(good)
}

/// Lets the program write what the store has into a file.
fn dump(workers: &Workers<'_>, name: &str) -> Result<PathBuf> {
    let common = workers.common();
    let to = common.folder.join(format!("{name}.json"));
    let mut command = workers.command("dump")?;
    command.arg("--folder").arg(&common.folder).arg("--to").arg(&to);
    command.args(["--readers", &common.options.readers.to_string()]);
    succeed(&mut command).context("reading what the store has")?;
    Ok(to)
}

/// Lets the program count. Returns whether it found nothing wrong.
fn count(workers: &Workers<'_>, last: &Path, replaced: Option<&Path>) -> Result<bool> {
    let common = workers.common();
    let mut command = Command::new(&common.program);
    command.arg("count").arg("--folder").arg(&common.folder).arg("--last").arg(last);
    if let Some(replaced) = replaced {
        command.arg("--replaced").arg(replaced);
    }
    let counted = command.stdin(Stdio::null()).status().context("the count cannot be started")?;
    Ok(counted.success())
}

fn succeed(command: &mut Command) -> Result<()> {
    let ended = command.stdin(Stdio::null()).status().context("the program cannot be started")?;
    ensure!(ended.success(), "the program failed: {ended}");
    Ok(())
}
