//! On what it was measured.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    process::Command,
    time::Instant,
};

use anyhow::{Context, Result};

use super::{
    Scale,
    place::{MARIADB_SETTINGS, POSTGRES_SETTINGS, Places},
    sample::Spread,
};

/// The machine and the settings, a line for each thing.
pub(super) fn describe(places: &Places, scale: &Scale) -> Result<Vec<String>> {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let mut lines = vec![
        format!(
            "amount: {} rounds, {} commands, {} events to catch up with, {} and {} streams",
            scale.rounds, scale.commands, scale.catch_up, scale.streams.0, scale.streams.1
        ),
        format!("processor: {}, {cores} cores, shared by clients and server", processor()),
        format!("memory: {}", memory()),
        format!("system: {}", system()),
        format!("fdatasync where files lie: {:.2} ms", sync_time(places.folder())?),
    ];
    if let Some(load) = load() {
        lines.push(format!("load of the last minute when it was over: {load}"));
    }
    if let Some(version) = places.postgres_version() {
        lines.push(format!(
            "PostgreSQL {version}: {}, otherwise as by default (fsync and synchronous_commit on)",
            POSTGRES_SETTINGS.join(", ")
        ));
    }
    if let Some(version) = places.mariadb_version() {
        lines.push(format!(
            "MariaDB {version}: {}, no binary log, otherwise as by default (innodb_flush_log_at_trx_commit=1)",
            MARIADB_SETTINGS.join(", ")
        ));
    }
    lines.push(
        "SQLite: journal_mode=WAL; FULL and NORMAL are `synchronous`, the same for both sides".to_owned(),
    );
    lines.push(
        "programs: release builds, a process for each measurement; options of evento at their defaults"
            .to_owned(),
    );
    Ok(lines)
}

/// On what something was compiled.
pub(super) fn of_builds() -> Result<Vec<String>> {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let compiler = Command::new("rustc").arg("--version").output().context("no `rustc`")?;
    let mut lines = vec![
        format!("processor: {}, {cores} cores", processor()),
        format!("compiler: {}", String::from_utf8_lossy(&compiler.stdout).trim()),
    ];
    if let Some(load) = load() {
        lines.push(format!("load of the last minute when it was over: {load}"));
    }
    Ok(lines)
}

fn processor() -> String {
    let text = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = text.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, model)| model.to_owned())
}

fn memory() -> String {
    let text = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let total = text.lines().find_map(|line| line.strip_prefix("MemTotal:")?.trim().strip_suffix(" kB"));
    let kib: Option<f64> = total.and_then(|total| total.parse().ok());
    kib.map_or_else(|| "unknown".to_owned(), |kib| format!("{:.0} GiB", kib / (1024.0 * 1024.0)))
}

fn system() -> String {
    let output = Command::new("uname").arg("-sr").output();
    output.map_or_else(
        |_| std::env::consts::OS.to_owned(),
        |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
    )
}

fn load() -> Option<String> {
    Some(fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.to_owned())
}

/// The median time to write a little and get it onto the disk, in milliseconds.
fn sync_time(folder: &Path) -> Result<f64> {
    let path = folder.join("sync");
    let mut file = File::create(&path).context("there is no place for files")?;
    let mut times = Vec::new();
    for _ in 0..200 {
        let began = Instant::now();
        file.write_all(&[0; 4096]).and_then(|()| file.sync_data()).context("a file cannot be written")?;
        times.push(began.elapsed().as_secs_f64() * 1e3);
    }
    fs::remove_file(&path).context("a file cannot be removed")?;
    Spread::of(times).map(|spread| spread.median).context("no time was measured")
}
