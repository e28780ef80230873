//! What the server's settings promise.

use std::fmt;

/// When a commit is answered, as the server's setting `innodb_flush_log_at_trx_commit` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FlushLog {
    /// When it is on the disk.
    OnDisk,
    /// When the operating system has it. A loss of power takes the last commits with it, a crash of the server does not.
    OperatingSystem,
    /// Before anybody has it. A crash of the server takes the last commits with it.
    Later,
}

/// What the server's settings promise about a commit that was answered. Looked at when the store is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Durability {
    /// When a commit is answered.
    pub flush_log: FlushLog,
    /// Whether pages that were torn by a loss of power are mended (`innodb_doublewrite`). Without it, they may stay torn.
    pub doublewrite: bool,
    /// Whether the binary log, if there is one, is on the disk with each commit (`sync_binlog = 1`). Without it, recovery after a
    /// loss of power undoes commits that the binary log does not have.
    pub sync_binlog: bool,
}

impl Durability {
    pub(super) fn new(flush_log: i64, doublewrite: &str, log_bin: bool, sync_binlog: i64) -> Self {
        let flush_log = match flush_log {
            0 => FlushLog::Later,
            2 => FlushLog::OperatingSystem,
            _ => FlushLog::OnDisk,
        };
        let doublewrite = !matches!(doublewrite, "0" | "OFF" | "DETECT_ONLY");
        Self { flush_log, doublewrite, sync_binlog: !log_bin || sync_binlog == 1 }
    }

    /// Whether what was answered survives a crash of the server and a loss of its power, as far as its disk keeps its word.
    #[must_use]
    pub fn is_durable(&self) -> bool {
        self.flush_log == FlushLog::OnDisk && self.doublewrite && self.sync_binlog
    }

    /// Tells of it when the store is opened.
    pub(super) fn log(&self, store: &str) {
        if self.is_durable() {
            tracing::info!(store, durability = %self, "opened");
        } else {
            tracing::warn!(
                store,
                durability = %self,
                "opened, but the settings of the server do not keep every answered commit through a crash or a loss of power"
            );
        }
    }
}

impl fmt::Display for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let on = |on: bool| if on { "on" } else { "off" };
        if self.is_durable() {
            return f.write_str("durable");
        }
        let flush = match self.flush_log {
            FlushLog::OnDisk => 1,
            FlushLog::OperatingSystem => 2,
            FlushLog::Later => 0,
        };
        write!(
            f,
            "not durable: innodb_flush_log_at_trx_commit {flush}, innodb_doublewrite {}, binary log synchronised {}",
            on(self.doublewrite),
            on(self.sync_binlog)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_strictest_settings_are_durable() {
        assert!(Durability::new(1, "1", false, 0).is_durable());
        assert!(Durability::new(1, "ON", true, 1).is_durable());
        assert!(Durability::new(3, "DETECT_AND_RECOVER", true, 1).is_durable());
        for weak in [
            Durability::new(0, "1", false, 0),
            Durability::new(2, "1", false, 0),
            Durability::new(1, "0", false, 0),
            Durability::new(1, "DETECT_ONLY", false, 0),
            Durability::new(1, "1", true, 0),
            Durability::new(1, "1", true, 100),
        ] {
            assert!(!weak.is_durable(), "{weak}");
            assert!(weak.to_string().starts_with("not durable"), "{weak}");
        }
    }
}
