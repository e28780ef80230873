//! One process of a worker, and the signals that it is given.

use std::{
    io::{BufRead, BufReader, Write},
    process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};

/// How often a process is looked at that is to end.
const LOOK: Duration = Duration::from_millis(10);

/// A running process with its name.
pub(super) struct Process {
    pub(super) name: String,
    child: Child,
    input: Option<ChildStdin>,
    stopped: bool,
}

impl Process {
    pub(super) fn start(name: String, command: &mut Command) -> Result<Self> {
        let mut child =
            command.stdin(Stdio::piped()).spawn().with_context(|| format!("{name} cannot be started"))?;
        let input = child.stdin.take();
        Ok(Self { name, child, input, stopped: false })
    }

    /// Kills it with SIGKILL. It is gone when this returns.
    pub(super) fn kill(mut self) -> Result<()> {
        self.child.kill().and_then(|()| self.child.wait().map(drop)).context("a process cannot be killed")
    }

    /// Stops it with SIGSTOP, until it is continued.
    pub(super) fn stop(&mut self) -> Result<()> {
        self.stopped = true;
        self.signal("STOP")
    }

    pub(super) fn go_on(&mut self) -> Result<()> {
        self.stopped = false;
        self.signal("CONT")
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped
    }

    /// The signal reaches no other process: the number of this one is free only after it was waited for.
    fn signal(&self, signal: &str) -> Result<()> {
        let sent = Command::new("kill")
            .args([&format!("-{signal}"), &self.child.id().to_string()])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .context("`kill` must be there to send signals")?;
        ensure!(sent.success(), "{} cannot be sent {signal}", self.name);
        Ok(())
    }

    /// Its number, by which others know it.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, when it has.
    pub(super) fn ended(&mut self) -> Result<Option<ExitStatus>> {
        self.child.try_wait().context("a process cannot be waited for")
    }

    /// Tells it that nothing more comes, and it is to end.
    pub(super) fn tell_to_end(&mut self) {
        drop(self.input.take());
    }

    /// Waits for its end with a bound. `None` when it does not end.
    pub(super) fn wait(&mut self, until: Instant) -> Result<Option<ExitStatus>> {
        loop {
            let ended = self.ended()?;
            if ended.is_some() || Instant::now() > until {
                return Ok(ended);
            }
            std::thread::sleep(LOOK);
        }
    }
}

/// A process that answers orders line by line.
pub(super) struct Obedient {
    process: Process,
    answers: BufReader<ChildStdout>,
}

impl Obedient {
    pub(super) fn start(name: String, command: &mut Command) -> Result<Self> {
        let mut process = Process::start(name, command.stdout(Stdio::piped()))?;
        let output = process.child.stdout.take().context("a process was started without its output")?;
        Ok(Self { process, answers: BufReader::new(output) })
    }

    /// What an order comes to.
    pub(super) fn order(&mut self, order: &str) -> Result<u64> {
        let name = &self.process.name;
        let gone = || format!("{name} does not answer `{order}`");
        let input = self.process.input.as_mut().with_context(gone)?;
        writeln!(input, "{order}").with_context(gone)?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer).with_context(gone)?;
        answer.trim().parse().with_context(|| format!("{name} answers `{order}` with: {answer}"))
    }
}
