//! What a worker is told while it runs, by its standard input.

use std::io::stdin;

use tokio::sync::watch;

/// Tells when the standard input is closed: then a worker is to come to its end.
pub(crate) fn end() -> watch::Receiver<bool> {
    let (tell, told) = watch::channel(false);
    std::thread::spawn(move || {
        let mut line = String::new();
        while stdin().read_line(&mut line).is_ok_and(|read| read > 0) {
            line.clear();
        }
        tell.send_replace(true);
    });
    told
}
