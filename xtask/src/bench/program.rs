//! The programs that are measured: building them, and running one measurement each.

use std::{
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, Stdio},
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use super::sample::Sample;
use crate::project;

/// How a line of a program begins that is not for people.
const MARK: &str = "bench: ";

/// A package with a program that is measured.
pub(super) struct Package {
    /// Its manifest, from the root.
    manifest: &'static str,
    name: &'static str,
}

/// evento, and statements written by hand.
pub(super) const EVENTO: Package = Package { manifest: "benches/evento/Cargo.toml", name: "bench-evento" };

/// Other frameworks. In a workspace of their own, so that nobody builds them who only works on evento.
pub(super) const PEERS: Package = Package { manifest: "benches/peers/Cargo.toml", name: "bench-peers" };

impl Package {
    /// Builds the program as a user builds for production.
    pub(super) fn build(&self, root: &Path) -> Result<PathBuf> {
        eprintln!("building {}", self.name);
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(["build", "--release", "--locked", "--message-format", "json-render-diagnostics"]);
        cargo.arg("--manifest-path").arg(root.join(self.manifest));
        cargo.arg("--target-dir").arg(project::target(root));
        let built = cargo.stdin(Stdio::null()).stderr(Stdio::inherit()).output().context("no cargo")?;
        ensure!(built.status.success(), "`{}` cannot be built", self.name);
        let output = String::from_utf8_lossy(&built.stdout);
        let messages = output.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let programs = messages.filter(|message| message["target"]["name"] == self.name);
        let mut program = programs.filter_map(|message| message["executable"].as_str().map(PathBuf::from));
        program.next().with_context(|| format!("cargo does not say where `{}` is", self.name))
    }
}

/// A program that has prepared its measurement and waits for the word to begin.
pub(super) struct Prepared {
    program: Running,
    output: BufReader<ChildStderr>,
}

/// Ends the program when the measurement is given up.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only for a program that has ended.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Prepared {
    /// Starts a program with a request, and waits until it is prepared.
    pub(super) fn start(program: &Path, request: &Value) -> Result<Self> {
        let mut child = Command::new(program)
            .arg(request.to_string())
            // It makes errors slow, on which frameworks differ more than on anything that is measured here.
            .env_remove("RUST_BACKTRACE")
            .env_remove("RUST_LIB_BACKTRACE")
            .stdin(Stdio::piped())
            // A framework may print what it likes; the program itself speaks through the standard error.
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("{} cannot be started", program.display()))?;
        let output = child.stderr.take().context("a program without output")?;
        let mut prepared = Self { program: Running(child), output: BufReader::new(output) };
        let line = prepared.line()?;
        ensure!(line == "ready", "said `{line}` instead of `ready`, asked for {request}");
        Ok(prepared)
    }

    /// Gives the word to begin.
    pub(super) fn begin(&mut self) -> Result<()> {
        let input = self.program.0.stdin.as_mut().context("a program without input")?;
        input.write_all(b"go\n").context("a program that does not listen")
    }

    /// Waits for the end of the measurement.
    pub(super) fn end(mut self) -> Result<Sample> {
        let sample = Sample::parse(&self.line()?)?;
        // The rest of its life is not measured, but the next measurement must not run beside it.
        let ended = self.program.0.wait().context("a program that does not end")?;
        ensure!(ended.success(), "a program measured, and then ended with {ended}");
        Ok(sample)
    }

    /// From the word to begin to the end.
    pub(super) fn measure(mut self) -> Result<Sample> {
        self.begin()?;
        self.end()
    }

    /// What the program says next. What it says to people is passed on.
    fn line(&mut self) -> Result<String> {
        loop {
            let mut line = String::new();
            let read = self.output.read_line(&mut line).context("a program whose output cannot be read")?;
            if read == 0 {
                bail!("a program ended without a word; what it said of it stands above");
            }
            match line.strip_prefix(MARK) {
                Some(said) => return Ok(said.trim_end().to_owned()),
                None => eprint!("{line}"),
            }
        }
    }
}
