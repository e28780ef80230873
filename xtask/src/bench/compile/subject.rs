//! A program whose building is measured: a package of its own in a workspace of its own.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::Instant,
};

use anyhow::{Context, Result, ensure};

/// Lets the compiler say how long each of its passes took. It says so on toolchains for development only, and this one is asked to
/// behave like one for the last crate alone: the crates below would be built in another way.
const TIMING_COMPILER: &str = "#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec \"$@\" -Ztime-passes\n";
const EXPANSION: &str = "macro_expand_crate";

/// What depends on a path is built so that it can be built again in parts, which takes longer. Whoever depends on what is published does not
/// change it: cargo builds that in one piece.
const DEPENDENCIES_AS_PUBLISHED: &str = "\n[profile.dev.package.\"*\"]\nincremental = false\n";

/// What a program is made of.
pub(super) struct Source {
    pub(super) name: &'static str,
    pub(super) main: String,
    /// Files beside the program: name and text.
    pub(super) others: Vec<(&'static str, String)>,
    /// Lines of `[dependencies]`.
    pub(super) dependencies: String,
    /// Versions of what it depends on.
    pub(super) lock: PathBuf,
    /// A text of one handler. Appending ` + 1` to it is an edit.
    pub(super) edited: &'static str,
}

/// A program in its folder.
pub(super) struct Subject {
    source: Source,
    folder: PathBuf,
    edits: u32,
}

/// How a build is done.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Profile {
    Dev,
    Release,
}

impl Subject {
    /// Writes the package, and fetches what it depends on, which is not measured.
    pub(super) fn new(parent: &Path, source: Source) -> Result<Self> {
        let folder = parent.join(source.name);
        fs::create_dir_all(folder.join("src")).with_context(|| format!("no folder {}", folder.display()))?;
        let manifest = format!(
            "[workspace]\n[package]\nname = \"{}\"\nversion = \"0.0.0\"\nedition = \"2024\"\npublish = false\n\n\
             [dependencies]\n{}{DEPENDENCIES_AS_PUBLISHED}",
            source.name, source.dependencies
        );
        fs::write(folder.join("Cargo.toml"), manifest)?;
        fs::copy(&source.lock, folder.join("Cargo.lock"))
            .with_context(|| format!("{} cannot be read", source.lock.display()))?;
        for (name, text) in &source.others {
            fs::write(folder.join("src").join(name), text)?;
        }
        let wrapper = folder.join("timing-compiler");
        fs::write(&wrapper, TIMING_COMPILER)?;
        fs::set_permissions(&wrapper, fs::Permissions::from_mode(0o755))?;
        let subject = Self { source, folder, edits: 0 };
        subject.write_main()?;
        subject.cargo(&["fetch"], |_| {})?;
        Ok(subject)
    }

    pub(super) fn name(&self) -> &'static str {
        self.source.name
    }

    /// Lines that somebody has written: not empty, and not only comments.
    pub(super) fn lines(&self) -> usize {
        let written = |text: &str| {
            text.lines()
                .filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with("//"))
                .count()
        };
        written(&self.source.main) + self.source.others.iter().map(|(_, text)| written(text)).sum::<usize>()
    }

    /// How many packages it is built from, itself included.
    pub(super) fn crates(&self) -> Result<usize> {
        let tree =
            self.cargo(&["tree", "--edges", "normal,build", "--prefix", "none", "--no-dedupe"], |_| {})?;
        let text = String::from_utf8_lossy(&tree.stdout).into_owned();
        let mut names: Vec<_> =
            text.lines().map(|line| line.split(' ').take(2).collect::<Vec<_>>().join(" ")).collect();
        names.sort_unstable();
        names.dedup();
        Ok(names.len())
    }

    /// Seconds of a build from nothing.
    pub(super) fn cold(&self, profile: Profile) -> Result<f64> {
        let target = self.target();
        if target.exists() {
            fs::remove_dir_all(&target).with_context(|| format!("{} stays", target.display()))?;
        }
        self.build(profile)
    }

    /// Seconds of a build after one handler was edited.
    pub(super) fn after_edit(&mut self, profile: Profile) -> Result<f64> {
        self.edits += 1;
        self.write_main()?;
        self.build(profile)
    }

    /// Seconds of a check of this package alone, from nothing.
    pub(super) fn check(&mut self) -> Result<f64> {
        self.edits += 1;
        self.write_main()?;
        let began = Instant::now();
        self.cargo(&["check"], |cargo| {
            cargo.env("CARGO_INCREMENTAL", "0");
        })?;
        Ok(began.elapsed().as_secs_f64())
    }

    /// Seconds in which the compiler expands macros when this package is checked.
    pub(super) fn expansion(&mut self) -> Result<f64> {
        self.edits += 1;
        self.write_main()?;
        let checked = self.cargo(&["check"], |cargo| {
            cargo.env("CARGO_INCREMENTAL", "0");
            cargo.env("RUSTC_WORKSPACE_WRAPPER", self.folder.join("timing-compiler"));
        })?;
        let text =
            String::from_utf8_lossy(&checked.stderr).into_owned() + &String::from_utf8_lossy(&checked.stdout);
        let line = text.lines().find(|line| line.contains(EXPANSION));
        let seconds =
            line.and_then(|line| line.split("time:").nth(1)?.split(';').next()?.trim().parse().ok());
        seconds.with_context(|| format!("the compiler does not say how long `{EXPANSION}` took"))
    }

    /// Bytes of the program without symbols.
    pub(super) fn stripped_size(&self) -> Result<u64> {
        let program = self.target().join("release").join(self.source.name);
        let stripped = self.folder.join("stripped");
        let done =
            Command::new("strip").arg("-o").arg(&stripped).arg(&program).status().context("no `strip`")?;
        ensure!(done.success(), "{} cannot be stripped", program.display());
        Ok(fs::metadata(&stripped)?.len())
    }

    /// Throws away what was built.
    pub(super) fn forget(&self) -> Result<()> {
        let target = self.target();
        fs::remove_dir_all(&target).with_context(|| format!("{} stays", target.display()))
    }

    fn build(&self, profile: Profile) -> Result<f64> {
        let began = Instant::now();
        let arguments: &[&str] =
            if profile == Profile::Release { &["build", "--release"] } else { &["build"] };
        self.cargo(arguments, |_| {})?;
        Ok(began.elapsed().as_secs_f64())
    }

    fn target(&self) -> PathBuf {
        self.folder.join("target")
    }

    /// The program with its latest edit.
    fn write_main(&self) -> Result<()> {
        let Source { main, edited, name, .. } = &self.source;
        ensure!(main.matches(edited).count() == 1, "`{edited}` is not once in {name}");
        let text = match self.edits {
            0 => main.clone(),
            edits => main.replace(edited, &format!("{edited} + {edits} - {edits}")),
        };
        Ok(fs::write(self.folder.join("src/main.rs"), text)?)
    }

    fn cargo(&self, arguments: &[&str], set: impl FnOnce(&mut Command)) -> Result<Output> {
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args(arguments).arg("--manifest-path").arg(self.folder.join("Cargo.toml"));
        // As a user has it, whatever this was started with.
        for inherited in ["CARGO_TARGET_DIR", "CARGO_INCREMENTAL", "RUSTFLAGS", "RUSTC_WRAPPER"] {
            cargo.env_remove(inherited);
        }
        cargo.stdin(Stdio::null()).current_dir(&self.folder);
        set(&mut cargo);
        let done = cargo.output().context("no cargo")?;
        let errors = String::from_utf8_lossy(&done.stderr);
        ensure!(done.status.success(), "`cargo {}` of {}: {errors}", arguments.join(" "), self.source.name);
        Ok(done)
    }
}
