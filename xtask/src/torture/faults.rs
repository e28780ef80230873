//! Doing what the plan says.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use super::{
    plan::{Fault, Plan, Role},
    process::Obedient,
    strikes::Strike,
    tally::Tally,
    workers::Workers,
};
use crate::servers::Server;

/// How often those are looked after that are stopped.
const LOOK: Duration = Duration::from_millis(5);
/// How long a fault waits for somebody whom it can strike.
const PATIENCE: Duration = Duration::from_secs(20);
/// The names of the copies of a server's data.
const OLDER: &str = "older";
pub(super) const REPLACED: &str = "replaced";

/// Everything that faults are done to.
pub(super) struct Victims<'v> {
    pub(super) workers: Workers<'v>,
    pub(super) saboteur: Obedient,
    pub(super) server: Option<&'v mut Server>,
    pub(super) strikes: Tally<Strike>,
    pub(super) lots: fastrand::Rng,
}

impl Victims<'_> {
    /// Does all faults of a plan when they are due. What takes its time moves everything behind it.
    pub(super) fn suffer(&mut self, plan: &Plan, length: Duration) -> Result<()> {
        let mut started = Instant::now();
        for (due, fault) in plan {
            self.wait(started + *due)?;
            let began = Instant::now();
            self.strike(*fault).with_context(|| format!("{fault:?}"))?;
            started += began.elapsed();
        }
        self.wait(started + length)
    }

    fn wait(&mut self, until: Instant) -> Result<()> {
        loop {
            self.workers.look_after()?;
            let Some(left) = until.checked_duration_since(Instant::now()) else { return Ok(()) };
            std::thread::sleep(left.min(LOOK));
        }
    }

    fn strike(&mut self, fault: Fault) -> Result<()> {
        match fault {
            Fault::Kill(role) => {
                self.wait_for(role)?;
                let strike = match role {
                    Role::Writer => Strike::WriterKilled,
                    Role::Reader => Strike::ReaderKilled,
                };
                let killed = self.workers.kill(role, &mut self.lots)?;
                self.strikes.add(strike, u64::from(killed));
            }
            Fault::Stop(role, time) => {
                self.stop(role, time)?;
            }
            Fault::StopForLong(role, time) => {
                self.wait_for(role)?;
                if let Some(name) = self.stop(role, time)? {
                    self.strikes.add(Strike::StoppedForLong, 1);
                    if role == Role::Reader {
                        self.workers.take_over(&name)?;
                        self.strikes.add(Strike::ReaderTakenOver, 1);
                    }
                }
            }
            Fault::StopHoldingHead(time) => self.stop_holding_head(time)?,
            Fault::Cut(count, state) => {
                let cut = self.saboteur.order(&format!("cut {count} {state}"))?;
                self.strikes.add(Strike::ConnectionCut, cut);
            }
            Fault::HoldCommits(time) => {
                let held = self.saboteur.order(&format!("hold-commits {}", time.as_millis()))?;
                self.strikes.add(Strike::CommitHeld, held);
            }
            Fault::StopServer => self.without_server(|_| Ok(()))?,
            Fault::TakeCopy => {
                let folder = self.workers.common().folder.clone();
                self.without_server(|server| {
                    server.take_copy(OLDER)?;
                    enter_era(&folder, 1)
                })?;
            }
            Fault::ReturnToCopy(time) => self.return_to_copy(time)?,
        }
        Ok(())
    }

    /// Waits until one of a role runs.
    fn wait_for(&mut self, role: Role) -> Result<()> {
        let until = Instant::now() + PATIENCE;
        while !self.workers.runs(role) && Instant::now() < until {
            self.wait(Instant::now() + LOOK)?;
        }
        Ok(())
    }

    fn stop(&mut self, role: Role, time: Duration) -> Result<Option<String>> {
        let stopped = self.workers.stop(role, time, &mut self.lots)?;
        if stopped.is_some() {
            let strike = match role {
                Role::Writer => Strike::WriterStopped,
                Role::Reader => Strike::ReaderStopped,
            };
            self.strikes.add(strike, 1);
        }
        Ok(stopped)
    }

    /// Stops writers until one is caught that holds the head.
    fn stop_holding_head(&mut self, time: Duration) -> Result<()> {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            self.wait_for(Role::Writer)?;
            let Some(name) = self.stop(Role::Writer, time)? else { return Ok(()) };
            if self.saboteur.order(&format!("holds-head {name}"))? > 0 {
                self.strikes.add(Strike::StoppedHoldingHead, 1);
                return Ok(());
            }
            self.workers.go_on(&name)?;
            let pause = Duration::from_millis(self.lots.u64(1..8));
            self.wait(Instant::now() + pause)?;
        }
        Ok(())
    }

    fn return_to_copy(&mut self, time: Duration) -> Result<()> {
        let mut reader = None;
        for role in [Role::Writer, Role::Reader] {
            self.wait_for(role)?;
            reader = self.stop(role, time)?;
            self.strikes.add(Strike::StoppedDuringReturn, u64::from(reader.is_some()));
        }
        let folder = self.workers.common().folder.clone();
        self.without_server(|server| {
            server.take_copy(REPLACED)?;
            server.return_to(OLDER)?;
            enter_era(&folder, 2)
        })?;
        self.strikes.add(Strike::OlderCopy, 1);
        // Whoever claims it now may get the number of the claim that is gone, and the one that is stopped still has.
        if let Some(name) = reader.filter(|_| self.lots.bool()) {
            self.workers.take_over(&name)?;
            self.strikes.add(Strike::ReaderTakenOver, 1);
        }
        Ok(())
    }

    /// Stops the server at once, does something, and starts it again.
    fn without_server(&mut self, doing: impl FnOnce(&mut Server) -> Result<()>) -> Result<()> {
        let server = self.server.as_deref_mut().context("there is no server")?;
        server.stop_at_once()?;
        doing(server)?;
        server.start_again()?;
        self.strikes.add(Strike::ServerStopped, 1);
        // What the server took along is begun again.
        self.saboteur.order("hold").map(drop)
    }
}

/// Tells all workers at once. The server is stopped meanwhile, so that nothing is between two eras.
pub(super) fn enter_era(folder: &Path, era: u8) -> Result<()> {
    let next = folder.join("era.next");
    fs::write(&next, era.to_string())
        .and_then(|()| fs::rename(&next, folder.join("era")))
        .context("the era cannot be told")
}
