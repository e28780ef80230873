//! What ends a server, whatever ends the program that started it.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Write},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use anyhow::{Context, Result, ensure};

/// Starts and stops a server as its standard input says. That is open as long as the process that holds the other end
/// lives: whatever ends that one, be it a failure, a panic, Ctrl-C or a kill, ends the server too, and its folder.
///
/// A signal is sent only while the server is known to run, so that it reaches no other process of the same number.
const SCRIPT: &str = r#"
trap '' INT TERM HUP
folder=$1
signal=$2
shift 2
server=
start() {
    "$@" >>"$folder/log" 2>&1 </dev/null &
    server=$!
}
stop() {
    [ -n "$server" ] || return
    kill "-$signal" "$server" 2>/dev/null
    wait "$server"
    server=
}
while read -r order; do
    case $order in
    start) start "$@" ;;
    stop) stop ;;
    esac
    echo "$order"
done
stop
rm -rf "$folder"
"#;

/// A shell that starts and stops one server, and takes it and its folder along when it ends.
pub(super) struct Keeper {
    shell: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Keeper {
    /// A keeper for the server that `command` runs. It is not running yet. `signal` is what stops it at once.
    pub(super) fn new(folder: &Path, signal: &str, command: &Command) -> Result<Self> {
        let mut shell = Command::new("sh")
            .args(["-c", SCRIPT, "sh"])
            .args([folder.as_os_str(), OsStr::new(signal), command.get_program()])
            .args(command.get_args())
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Ctrl-C ends this program, and with it the keeper's input; the keeper itself has work to do then.
            .process_group(0)
            .spawn()
            .context("a shell must be there to keep a server")?;
        let orders = shell.stdin.take();
        let answers =
            BufReader::new(shell.stdout.take().context("the keeper was started without its output")?);
        Ok(Self { shell, orders, answers })
    }

    /// Starts the server. It may not be ready yet when this returns.
    pub(super) fn start(&mut self) -> Result<()> {
        self.order("start")
    }

    /// Stops the server. It is gone when this returns.
    pub(super) fn stop(&mut self) -> Result<()> {
        self.order("stop")
    }

    fn order(&mut self, order: &str) -> Result<()> {
        const GONE: &str = "the shell that keeps a server is gone";
        writeln!(self.orders.as_mut().context(GONE)?, "{order}").context(GONE)?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer).context(GONE)?;
        ensure!(answer.trim_end() == order, GONE);
        Ok(())
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        drop(self.orders.take());
        // It ends by itself; waiting only makes sure that nothing is left when this program ends.
        let _ = self.shell.wait();
    }
}
