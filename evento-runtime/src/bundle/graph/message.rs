//! What is said about a mistake.

/// The words of an error, put together at compile time.
pub struct Message {
    bytes: [u8; Self::CAPACITY],
    length: usize,
}

impl Message {
    const CAPACITY: usize = 1024;

    pub(super) const fn new() -> Self {
        Self { bytes: [0; Self::CAPACITY], length: 0 }
    }

    pub(super) const fn text(mut self, text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() && self.length < Self::CAPACITY {
            self.bytes[self.length] = bytes[at];
            self.length += 1;
            at += 1;
        }
        self
    }

    pub(super) const fn number(self, number: u32) -> Self {
        let digit = match number % 10 {
            0 => "0",
            1 => "1",
            2 => "2",
            3 => "3",
            4 => "4",
            5 => "5",
            6 => "6",
            7 => "7",
            8 => "8",
            _ => "9",
        };
        let before = if number >= 10 { self.number(number / 10) } else { self };
        before.text(digit)
    }

    /// The words.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            // Only a text that was cut off in the middle of a character.
            Err(_) => "the graph of this bundle is not sound",
        }
    }
}

/// Panics with the words of a mistake where it is called, which is where rustc tells of it.
///
/// # Panics
///
/// When there is a mistake.
#[track_caller]
pub const fn no_mistake(found: Option<Message>) {
    if let Some(mistake) = found {
        panic!("{}", mistake.as_str());
    }
}
