//! The processes of the application: one in each place at a time.

use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Write},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use anyhow::{Context, Result, bail};

use super::{Common, JOURNALS, OUTAGES};
use crate::torture::{process::Process, warden::Warden};

/// How long a process may take to come to its end: to have its commands answered, and to be ready again when all that was before
/// its consumers is handled.
const PATIENCE: Duration = Duration::from_secs(180);
/// The ending of the names of journals.
const JOURNAL: &str = "journal";

/// The releases of the application.
const FIRST: &str = "first";
const NEXT: &str = "next";

/// What a process says that does not start beside a newer release.
const OLDER: &str = "an older program does not take over from a newer one";

/// About how many faults of handlers a process sees before it is killed.
const FAULTS_OF_A_LIFE: usize = 3;

/// A process in its place.
struct Place {
    number: u32,
    generation: u32,
    release: &'static str,
    process: Process,
    go_on_at: Option<Instant>,
}

/// All of them.
pub(super) struct Workers<'w> {
    common: Common,
    warden: &'w Warden,
    places: Vec<Place>,
    /// How many processes there were.
    launched: usize,
    release: &'static str,
    outages: File,
}

impl<'w> Workers<'w> {
    pub(super) fn start(common: Common, warden: &'w Warden) -> Result<Self> {
        let notes = common.folder.join(JOURNALS).join(OUTAGES);
        let outages = OpenOptions::new().create(true).append(true).open(notes);
        let outages = outages.context("what happens cannot be noted")?;
        let processes = common.options.processes;
        let mut workers = Self { common, warden, places: Vec::new(), launched: 0, release: FIRST, outages };
        for number in 0..processes {
            let place = workers.launch(number, 0)?;
            workers.places.push(place);
        }
        Ok(workers)
    }

    pub(super) fn folder(&self) -> &Path {
        &self.common.folder
    }

    /// Lets all that start from now on be of the next release.
    pub(super) fn release(&mut self) {
        self.release = NEXT;
    }

    /// The command of another process.
    pub(super) fn command(&self) -> Result<Command> {
        let mut command = self.common.command(self.warden)?;
        command.args(["--release", self.release]);
        Ok(command)
    }

    fn launch(&mut self, number: u32, generation: u32) -> Result<Place> {
        let Common { folder, seed, .. } = &self.common;
        let name = format!("worker-{number}-{generation}");
        let mut command = self.command()?;
        command.args(["--work", &name, "--seed", &seed.to_string()]);
        // None lives for long, so each begins where the one before may have come to.
        command.args(["--faults", &(self.launched * FAULTS_OF_A_LIFE).to_string()]);
        let errors = File::create(folder.join(format!("{name}.errors")));
        command.stdout(Stdio::null()).stderr(errors.context("the errors of a process cannot be kept")?);
        let process = Process::start(name, &mut command)?;
        self.launched += 1;
        Ok(Place { number, generation, release: self.release, process, go_on_at: None })
    }

    fn note(&mut self, what: &str) -> Result<()> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        self.outages.write_all(format!("{now} {what}\n").as_bytes()).context("what happens cannot be noted")
    }

    /// The places of those that run and are not stopped.
    pub(super) fn running(&self) -> Vec<usize> {
        let runs = |place: &Place| !place.process.is_stopped();
        (0..self.places.len()).filter(|at| self.places.get(*at).is_some_and(runs)).collect()
    }

    /// Kills one; another process takes its place.
    pub(super) fn kill(&mut self, at: usize) -> Result<()> {
        // The next one starts when this one is gone: until then it must not be seen twice.
        let Place { number, generation, process, .. } = self.places.swap_remove(at);
        self.note(&format!("killed {}", process.id()))?;
        process.kill()?;
        let next = self.launch(number, generation + 1)?;
        self.places.push(next);
        Ok(())
    }

    /// Kills all, those that are stopped too. Returns how many there were.
    pub(super) fn kill_all(&mut self) -> Result<u64> {
        let all = std::mem::take(&mut self.places);
        for place in &all {
            self.note(&format!("killed {}", place.process.id()))?;
        }
        let numbers: Vec<_> = all.iter().map(|place| (place.number, place.generation)).collect();
        all.into_iter().try_for_each(|place| place.process.kill())?;
        for (number, generation) in &numbers {
            let next = self.launch(*number, generation + 1)?;
            self.places.push(next);
        }
        Ok(numbers.len() as u64)
    }

    /// Stops one for some time.
    pub(super) fn stop(&mut self, at: usize, time: Duration) -> Result<()> {
        let place = self.places.get_mut(at).context("a process that was just there is gone")?;
        place.process.stop()?;
        place.go_on_at = Some(Instant::now() + time);
        let what = format!("stopped {}", place.process.id());
        self.note(&what)
    }

    /// Those who must tell when the server goes now: they run, and have said that they were ready. However long ago one was started,
    /// until then it has no idea of what is to come, and may be busy with its start.
    pub(super) fn witnesses(&self) -> Result<Vec<String>> {
        let mut witnesses = Vec::new();
        for place in self.places.iter().filter(|place| !place.process.is_stopped()) {
            let name = &place.process.name;
            let journal = self.common.folder.join(JOURNALS).join(name).with_extension(JOURNAL);
            match fs::read_to_string(&journal) {
                Ok(notes) if notes.lines().any(says_ready) => witnesses.push(name.clone()),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => {
                    return Err(error).with_context(|| format!("{} cannot be read", journal.display()));
                }
            }
        }
        Ok(witnesses)
    }

    /// Notes that the server is gone, with the names of those who must tell.
    pub(super) fn note_server(&mut self, witnesses: &[String]) -> Result<()> {
        let what = format!("server {}", witnesses.join(" "));
        self.note(what.trim_end())
    }

    /// Continues those whose time has come, and sees whether any has ended that should not.
    pub(super) fn look_after(&mut self) -> Result<()> {
        let now = Instant::now();
        self.go_on(|place| place.go_on_at.is_some_and(|due| due <= now))?;
        let mut at = 0;
        while let Some(place) = self.places.get_mut(at) {
            let Some(status) = place.process.ended()? else {
                at += 1;
                continue;
            };
            let name = &place.process.name;
            let errors = self.common.folder.join(format!("{name}.errors"));
            let errors = fs::read_to_string(errors).unwrap_or_default();
            // One that has not begun to consume is refused once a newer one has, and that is how it should be.
            if place.release == self.release || !errors.contains(OLDER) {
                bail!("{name} ended by itself, {status}: {errors}");
            }
            let Place { number, generation, .. } = self.places.swap_remove(at);
            let next = self.launch(number, generation + 1)?;
            self.places.push(next);
        }
        Ok(())
    }

    /// Continues those that are due. It is noted before anything that they do.
    fn go_on(&mut self, is_due: impl Fn(&Place) -> bool) -> Result<()> {
        for at in 0..self.places.len() {
            let Some(place) = self.places.get_mut(at).filter(|place| is_due(place)) else { continue };
            place.go_on_at = None;
            let what = format!("continued {}", place.process.id());
            self.note(&what)?;
            self.places.get_mut(at).map_or(Ok(()), |place| place.process.go_on())?;
        }
        Ok(())
    }

    /// Lets all come to their end. Returns the names of those that do not, and those that failed.
    pub(super) fn end(&mut self) -> Result<Vec<String>> {
        let mut bad = Vec::new();
        self.go_on(|place| place.process.is_stopped())?;
        self.places.iter_mut().for_each(|place| place.process.tell_to_end());
        let until = Instant::now() + PATIENCE;
        for place in &mut self.places {
            match place.process.wait(until)? {
                Some(status) if status.success() => {}
                Some(status) => bad.push(format!("{} failed: {status}", place.process.name)),
                None => bad.push(format!("{} does not end", place.process.name)),
            }
        }
        Ok(bad)
    }
}

/// Whether a line of a journal says that its process was ready: `health <milliseconds> true <reasons>`.
fn says_ready(note: &str) -> bool {
    matches!(note.splitn(4, ' ').collect::<Vec<_>>()[..], ["health", _, "true", ..])
}
