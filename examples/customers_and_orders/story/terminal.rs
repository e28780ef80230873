//! What the story says on the terminal.

use std::io::{self, Write};

use evento::prelude::*;

pub fn say(line: &str) -> Result<()> {
    Ok(writeln!(io::stdout(), "{line}")?)
}

pub fn heading(text: &str) -> Result<()> {
    say(&format!("\n{text}"))
}
