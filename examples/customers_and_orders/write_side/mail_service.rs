//! A service: the way out into the world, here by mail.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    time::{SystemTime, UNIX_EPOCH},
};

use evento::prelude::*;

use crate::payloads::*;

pub struct MailService {
    server: MailServer,
}

#[service]
impl MailService {
    /// Runs once, at start; the argument is what the builder was given with `.provide(..)`.
    #[inject]
    fn new(server: MailServer) -> Self {
        Self { server }
    }

    /// The program may be killed after the delivery and before the event is stored; then this runs again. Nobody can prevent
    /// that, but the id of the command is the same both times: as the idempotency key it lets the other side recognise the
    /// mail.
    #[command_handler]
    async fn send(&self, command: SendMail, id: CommandId) -> Result<MailSent> {
        let SendMail { customer_id, order_id, text } = command;
        let server = self.server.clone();
        let line = format!("{customer_id} {order_id} {text}");
        tokio::task::spawn_blocking(move || server.deliver(id, &line)).await??;
        Ok(MailSent { customer_id, order_id })
    }
}

/// Stands for a mail server that takes an idempotency key, as those that are asked over HTTP do. It is a folder with one file
/// for each mail, which outlives all who write to it, so that what came twice can be counted.
#[derive(Clone)]
pub struct MailServer {
    folder: PathBuf,
}

/// One request for a delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Milliseconds since the Unix epoch.
    pub at: u128,
    /// The number of the process that asked.
    pub process: u32,
    pub key: String,
}

impl MailServer {
    pub fn in_folder(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder.join("accepted"))?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// Accepts a mail, unless it has one of this key. Whoever asks is told the same both times: it is there.
    pub fn deliver(&self, key: CommandId, text: &str) -> io::Result<()> {
        // One line is one write, so that those of several processes do not mix.
        let mut log = OpenOptions::new().create(true).append(true).open(self.folder.join("deliveries"))?;
        let at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        log.write_all(format!("{at} {} {key} {text}\n", std::process::id()).as_bytes())?;
        match File::create_new(self.folder.join("accepted").join(key.to_string())) {
            Ok(mut mail) => mail.write_all(text.as_bytes()),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Everything that was asked for, in that order, the repetitions included.
    pub fn deliveries(&self) -> io::Result<Vec<Delivery>> {
        let log = match fs::read_to_string(self.folder.join("deliveries")) {
            // Nobody has sent anything yet.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            log => log?,
        };
        let deliveries = log.lines().map(|line| {
            let mut words = line.splitn(4, ' ');
            let at = words.next()?.parse().ok()?;
            let process = words.next()?.parse().ok()?;
            Some(Delivery { at, process, key: words.next()?.to_owned() })
        });
        let unreadable = || io::Error::new(io::ErrorKind::InvalidData, "the log of deliveries is damaged");
        deliveries.collect::<Option<_>>().ok_or_else(unreadable)
    }

    /// The mails that were accepted, in the order of their texts.
    pub fn accepted(&self) -> io::Result<Vec<String>> {
        let mut mails = Vec::new();
        for entry in fs::read_dir(self.folder.join("accepted"))? {
            mails.push(fs::read_to_string(entry?.path())?);
        }
        mails.sort();
        Ok(mails)
    }
}
