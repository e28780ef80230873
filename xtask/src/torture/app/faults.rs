//! Doing what the plan says, and noting it for the audit.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::{
    LEASE,
    plan::{Fault, Plan},
    strikes::Strike,
    workers::Workers,
};
use crate::{servers::Server, torture::tally::Tally};

/// How often those are looked after that are stopped.
const LOOK: Duration = Duration::from_millis(5);
/// How often the journals are read of those who are to be ready.
const PAUSE: Duration = Duration::from_millis(100);
/// How long a fault waits for somebody whom it can strike.
const PATIENCE: Duration = Duration::from_secs(20);

/// Everything that faults are done to.
pub(super) struct Victims<'v> {
    pub(super) workers: Workers<'v>,
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
            Fault::Kill => {
                let victim = self.victim()?;
                self.workers.kill(victim)?;
                self.strikes.add(Strike::Killed, 1);
            }
            Fault::KillAll => {
                let killed = self.workers.kill_all()?;
                self.strikes.add(Strike::Killed, killed);
                self.strikes.add(Strike::AllKilled, 1);
            }
            Fault::Release => {
                self.workers.release();
                let victim = self.victim()?;
                self.workers.kill(victim)?;
                self.strikes.add(Strike::Killed, 1);
                self.strikes.add(Strike::Released, 1);
            }
            Fault::Stop(time) => self.stop(time)?,
            Fault::StopBeyondLease(time) => {
                self.stop(time)?;
                self.strikes.add(Strike::StoppedBeyondLease, 1);
            }
            Fault::StopServer(time) => self.stop_server(time)?,
        }
        Ok(())
    }

    /// One that runs, drawn by lot.
    fn victim(&mut self) -> Result<usize> {
        let until = Instant::now() + PATIENCE;
        loop {
            let running = self.workers.running();
            if let Some(victim) = self.lots.choice(running) {
                return Ok(victim);
            }
            anyhow::ensure!(Instant::now() < until, "no process runs");
            self.wait(Instant::now() + LOOK)?;
        }
    }

    fn stop(&mut self, time: Duration) -> Result<()> {
        let victim = self.victim()?;
        self.workers.stop(victim, time)?;
        self.strikes.add(Strike::Stopped, 1);
        Ok(())
    }

    /// Those who must tell when the server goes now. An outage that nobody could tell of would show nothing, so it waits for one of
    /// them, though not for ever.
    fn witnesses(&mut self) -> Result<Vec<String>> {
        let until = Instant::now() + PATIENCE;
        loop {
            let witnesses = self.workers.witnesses()?;
            if !witnesses.is_empty() || Instant::now() >= until {
                return Ok(witnesses);
            }
            self.wait(Instant::now() + PAUSE)?;
        }
    }

    fn stop_server(&mut self, time: Duration) -> Result<()> {
        // Whoever meets a shorter one may only find that an answer takes its time, and be right to say nothing.
        let witnesses = if time < LEASE { Vec::new() } else { self.witnesses()? };
        self.server.as_deref_mut().context("there is no server")?.stop_at_once()?;
        let gone = Instant::now();
        self.workers.note_server(&witnesses)?;
        self.wait(gone + time)?;
        self.server.as_deref_mut().context("there is no server")?.start_again()?;
        self.strikes.add(Strike::ServerStopped, 1);
        Ok(())
    }
}
