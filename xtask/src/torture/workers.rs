//! The writers and readers: one process for each at a time, and those before it that are still there.

use std::{
    fs::File,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use super::{LogOptions, plan::Role, process::Process, warden::Warden};

/// How long a worker may take to come to its end: to find out what became of an append when a server was stopped, or to
/// read what it has not read yet.
const PATIENCE: Duration = Duration::from_secs(120);

/// What all processes are started with.
pub(super) struct Common {
    pub(super) program: PathBuf,
    pub(super) folder: PathBuf,
    pub(super) address: String,
    pub(super) options: LogOptions,
    pub(super) seed: u64,
}

impl Common {
    /// The command of a role of the program, in the group that the warden watches over.
    pub(super) fn command(&self, warden: &Warden, role: &str) -> Result<Command> {
        let mut command = Command::new(&self.program);
        command.args([role, "--store", &self.address]);
        warden.watches(&mut command)?;
        Ok(command)
    }
}

/// A writer or reader, whichever process it is at the moment.
struct Slot {
    role: Role,
    number: u32,
    generation: u32,
    running: Running,
}

/// A process, and when it is to be continued that is stopped.
struct Running {
    process: Process,
    go_on_at: Option<Instant>,
}

impl Running {
    fn go_on_when_due(&mut self, now: Instant) -> Result<()> {
        if self.go_on_at.is_some_and(|due| due <= now) {
            self.go_on()?;
        }
        Ok(())
    }

    fn go_on(&mut self) -> Result<()> {
        self.go_on_at = None;
        if self.process.is_stopped() { self.process.go_on() } else { Ok(()) }
    }
}

/// All of them.
pub(super) struct Workers {
    common: Common,
    warden: Warden,
    slots: Vec<Slot>,
    /// Readers that were taken over while they were stopped.
    former: Vec<Running>,
}

impl Workers {
    pub(super) fn start(common: Common, warden: Warden) -> Result<Self> {
        let mut workers = Self { common, warden, slots: Vec::new(), former: Vec::new() };
        let options = &workers.common.options;
        let writers = (0..options.processes).map(|number| (Role::Writer, number));
        let all: Vec<_> = writers.chain((0..options.readers).map(|number| (Role::Reader, number))).collect();
        for (role, number) in all {
            let running = workers.launch(role, number, 0)?;
            workers.slots.push(Slot { role, number, generation: 0, running });
        }
        Ok(workers)
    }

    pub(super) fn common(&self) -> &Common {
        &self.common
    }

    /// The command of another role.
    pub(super) fn command(&self, role: &str) -> Result<Command> {
        self.common.command(&self.warden, role)
    }

    fn launch(&self, role: Role, number: u32, generation: u32) -> Result<Running> {
        let Common { folder, seed, options, .. } = &self.common;
        let (role, name) = match role {
            Role::Writer => ("writer", format!("writer-{number}-{generation}")),
            Role::Reader => ("reader", format!("reader-{number}-{generation}")),
        };
        let mut command = self.command(role)?;
        command.arg("--folder").arg(folder).args(["--name", &name]);
        match role {
            "writer" => {
                let process_seed = (u64::from(number) << 32) + u64::from(generation) + 1;
                command.args(["--seed", &seed.to_string(), "--process-seed", &process_seed.to_string()]);
                command.args(["--tasks", &options.writers.to_string()]);
            }
            _ => {
                command.args(["--number", &number.to_string()]);
            }
        }
        let errors = File::create(folder.join(format!("{name}.errors")));
        command.stderr(errors.context("the errors of a worker cannot be kept")?);
        Ok(Running { process: Process::start(name, &mut command)?, go_on_at: None })
    }

    /// One that runs, drawn by lot.
    fn victim(&self, role: Role, lots: &mut fastrand::Rng) -> Option<usize> {
        let runs = |slot: &Slot| slot.role == role && !slot.running.process.is_stopped();
        let all: Vec<usize> =
            (0..self.slots.len()).filter(|index| self.slots.get(*index).is_some_and(runs)).collect();
        lots.choice(all).into_iter().next()
    }

    /// Starts the next process of a slot. Returns the one before.
    fn next(&mut self, index: usize) -> Result<Running> {
        let slot = &self.slots[index];
        let running = self.launch(slot.role, slot.number, slot.generation + 1)?;
        let slot = &mut self.slots[index];
        slot.generation += 1;
        Ok(std::mem::replace(&mut slot.running, running))
    }

    /// Kills one of a role; another process takes its place. Returns whether there was one.
    pub(super) fn kill(&mut self, role: Role, lots: &mut fastrand::Rng) -> Result<bool> {
        let Some(index) = self.victim(role, lots) else { return Ok(false) };
        // The next one starts when this one is gone: until then it must not be seen twice.
        let slot = &self.slots[index];
        let (role, number, generation) = (slot.role, slot.number, slot.generation + 1);
        let slot = self.slots.swap_remove(index);
        slot.running.process.kill()?;
        let running = self.launch(role, number, generation)?;
        self.slots.push(Slot { role, number, generation, running });
        Ok(true)
    }

    /// Stops one of a role for some time. Returns its name.
    pub(super) fn stop(
        &mut self,
        role: Role,
        time: Duration,
        lots: &mut fastrand::Rng,
    ) -> Result<Option<String>> {
        let Some(index) = self.victim(role, lots) else { return Ok(None) };
        let running = &mut self.slots[index].running;
        running.process.stop()?;
        running.go_on_at = Some(Instant::now() + time);
        Ok(Some(running.process.name.clone()))
    }

    /// Continues the one that was stopped, now.
    pub(super) fn go_on(&mut self, name: &str) -> Result<()> {
        let slot = self.slots.iter_mut().find(|slot| slot.running.process.name == name);
        slot.map_or(Ok(()), |slot| slot.running.go_on())
    }

    /// Lets another process take over the reader that was stopped.
    pub(super) fn take_over(&mut self, name: &str) -> Result<()> {
        let index = self.slots.iter().position(|slot| slot.running.process.name == name);
        let former = self.next(index.context("a reader that was just stopped is gone")?)?;
        self.former.push(former);
        Ok(())
    }

    /// Continues those whose time has come, and sees to those that have ended.
    pub(super) fn look_after(&mut self) -> Result<()> {
        let now = Instant::now();
        for running in self.slots.iter_mut().map(|slot| &mut slot.running).chain(&mut self.former) {
            running.go_on_when_due(now)?;
        }
        let mut fenced = Vec::new();
        for (index, slot) in self.slots.iter_mut().enumerate() {
            match slot.running.process.ended()? {
                // Another process that was the same reader before has claimed it.
                Some(status) if status.success() && slot.role == Role::Reader => fenced.push(index),
                Some(status) => {
                    let name = &slot.running.process.name;
                    let errors = self.common.folder.join(format!("{name}.errors"));
                    let errors = std::fs::read_to_string(errors).unwrap_or_default();
                    bail!("{name} ended by itself, {status}: {errors}");
                }
                None => {}
            }
        }
        for index in fenced {
            self.next(index)?;
        }
        Ok(())
    }

    /// Lets all come to their end, the writers first, so that readers find the last head. Returns the names of those that do
    /// not, and those that failed.
    pub(super) fn end(&mut self) -> Result<Vec<String>> {
        let mut bad = Vec::new();
        for running in self.slots.iter_mut().map(|slot| &mut slot.running).chain(&mut self.former) {
            running.go_on()?;
        }
        for role in [Role::Writer, Role::Reader] {
            let mut ending: Vec<&mut Running> = self
                .slots
                .iter_mut()
                .filter(|slot| slot.role == role)
                .map(|slot| &mut slot.running)
                .chain(if role == Role::Writer { self.former.iter_mut() } else { [].iter_mut() })
                .collect();
            ending.iter_mut().for_each(|running| running.process.tell_to_end());
            let until = Instant::now() + PATIENCE;
            for running in ending {
                match running.process.wait(until)? {
                    Some(status) if status.success() => {}
                    Some(status) => bad.push(format!("{} failed: {status}", running.process.name)),
                    None => bad.push(format!("{} does not end", running.process.name)),
                }
            }
        }
        Ok(bad)
    }
}
