//! Counts what is wrong in the end.

mod logged;
mod mails;
mod outages;
mod parked;
mod promises;
mod replay;
mod settled;

use std::{fmt, path::Path, sync::Arc};

use evento::{open_store, prelude::*};
use tokio::sync::watch;

use self::{logged::Logged, outages::Outages, parked::Parked};
use super::{
    Workload, faults,
    journal::{self, Journal, Note},
    start::{Site, start},
    watch::watch_over,
};
use crate::write_side::MailServer;

/// How many things that are wrong are shown of each count.
const SHOWN: usize = 3;

/// Everything that is compared.
pub struct Evidence {
    /// What each process noted.
    pub journals: Vec<(String, Vec<Note>)>,
    pub logged: Logged,
    pub parked: Parked,
}

impl Evidence {
    fn notes(&self) -> impl Iterator<Item = &Note> {
        self.journals.iter().flat_map(|(_, notes)| notes)
    }
}

/// Counts, each of which must be 0.
#[derive(Default)]
pub struct Counts(Vec<(&'static str, Vec<String>)>);

impl Counts {
    pub fn add(&mut self, what: &'static str, wrong: impl IntoIterator<Item = String>) {
        self.0.push((what, wrong.into_iter().collect()));
    }

    fn are_zero(&self) -> bool {
        self.0.iter().all(|(_, wrong)| wrong.is_empty())
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "what must be 0")?;
        for (what, wrong) in &self.0 {
            let stands_out = if wrong.is_empty() { "" } else { "   <== wrong" };
            writeln!(f, "{:>9}  {what}{stands_out}", wrong.len())?;
            for one in wrong.iter().take(SHOWN) {
                writeln!(f, "             {one}")?;
            }
        }
        Ok(())
    }
}

/// Lets the application come to rest, and counts. Returns whether all is as it must be.
pub async fn run(store: &str, mails: MailServer, folder: &Path, options: &Workload) -> Result<bool> {
    let journal = Journal::create(folder, "audit")?;
    let (lease, release) = (options.lease(), options.release);
    let app = Arc::new(start(&Site { store, mails: &mails, lease, journal: &journal, release }).await?);
    let watching = tokio::spawn(watch_over(app.clone(), journal.clone(), watch::Sender::default()));
    let mut counts = Counts::default();
    settled::count(&app, &mut counts).await?;
    let status = app.status().await?;
    let sagas = settled::live(&app).await?;
    watching.abort();
    // Once it is gone, nobody else has the application.
    let _ = watching.await;
    if let Some(app) = Arc::into_inner(app) {
        app.shutdown().await?;
    }

    let store = open_store(store).await?;
    let logged = Logged::read(&*store).await?;
    let parked = Parked::read(&*store, &status, &logged, &sagas).await?;
    let evidence = Evidence { journals: journal::read_all(folder)?, logged, parked };
    let outages = Outages::read(folder)?;
    settled::count_sagas(&sagas, &evidence, &mut counts);
    promises::count(&evidence, &mut counts);
    evidence.parked.count(evidence.notes(), &mut counts);
    let extra = mails::count(&mails, &evidence, &outages, &mut counts)?;
    replay::count(&store, release, &evidence, &mut counts).await?;
    let noticed = outages.count(&evidence, &mut counts);
    store.close().await;

    print!("{counts}");
    let struck = faults::struck(evidence.notes());
    if options.faults.is_some() {
        println!("faults of handlers that must have struck");
        for (what, number) in &struck {
            let stands_out = if *number == 0 { "   <== wrong" } else { "" };
            println!("{number:>9}  {what}{stands_out}");
        }
    }
    println!("what there was");
    for (number, what) in evidence.totals().into_iter().chain([extra]).chain(noticed) {
        println!("{number:>9}  {what}");
    }
    let is_complete = options.faults.is_none() || struck.iter().all(|(_, number)| *number > 0);
    Ok(counts.are_zero() && is_complete)
}

impl Evidence {
    fn totals(&self) -> Vec<(usize, String)> {
        let acknowledged = self.notes().filter(|note| matches!(note, Note::Order { .. })).count();
        let mut totals = vec![(acknowledged, "acknowledgements of orders".to_owned())];
        totals.extend(self.logged.totals());
        totals
            .push((self.parked.len(), "parked events, all of them explained by an ordered fault".to_owned()));
        totals
    }
}
