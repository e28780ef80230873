//! Work for tests that break everything around the application. What each process was told stands in a journal that outlives
//! it, and an audit compares the journals with the log, the mails and the views.
//!
//! Nothing of this is a part of the application: the faults come in by an interceptor, told by the metadata of commands.

mod audit;
mod choice;
mod faults;
mod journal;
mod next;
mod start;
mod watch;
mod worker;

use std::{path::PathBuf, process::ExitCode, time::Duration};

use evento::prelude::*;

use self::next::Release;
use crate::write_side::MailServer;

#[derive(clap::Args)]
pub struct Workload {
    /// Works under this name until its standard input is closed.
    #[arg(long, value_name = "NAME", hide = true, requires = "journals")]
    work: Option<String>,
    /// Waits until everything is decided, and counts what is wrong.
    #[arg(long, hide = true, requires = "journals")]
    audit: bool,
    /// The folder of the journals.
    #[arg(long, value_name = "FOLDER", hide = true)]
    journals: Option<PathBuf>,
    /// Draws what is sent.
    #[arg(long, value_name = "N", hide = true, default_value_t = 0)]
    seed: u64,
    /// How many clients send commands, each one after the other.
    #[arg(long, value_name = "N", hide = true, default_value_t = 4)]
    clients: u64,
    /// Lets handlers fail now and then, at first with the fault of this number; an audit wants to have seen each kind.
    #[arg(long, value_name = "FIRST", hide = true)]
    faults: Option<usize>,
    /// How long other processes wait for this one when it was killed, in milliseconds.
    #[arg(long, value_name = "MILLISECONDS", hide = true, default_value_t = 5_000)]
    lease: u64,
    /// Which release of the application it is: `first` or `next`.
    #[arg(long, value_name = "RELEASE", hide = true, default_value = "first")]
    release: Release,
}

impl Workload {
    pub fn is_asked_for(&self) -> bool {
        self.work.is_some() || self.audit
    }

    fn lease(&self) -> Duration {
        Duration::from_millis(self.lease)
    }
}

/// Works, or audits.
pub async fn run(store: &str, mails: MailServer, options: &Workload) -> Result<ExitCode> {
    let folder = options.journals.clone().unwrap_or_default();
    if let Some(name) = &options.work {
        worker::run(store, mails, &folder, name, options).await?;
        return Ok(ExitCode::SUCCESS);
    }
    let is_good = audit::run(store, mails, &folder, options).await?;
    Ok(if is_good { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
