//! A Rust file as the rules see it: code without comments and texts, and the texts for themselves.

use super::tree::line_of;

/// A Rust file, taken apart. All parts have the length of the file, so that a place in one is the place in all.
pub(super) struct Source {
    /// The code: comments and the contents of literals are blank.
    pub(super) code: String,
    /// The same without what only exists under `#[cfg(test)]`.
    pub(super) production: String,
    literals: Vec<Literal>,
}

struct Literal {
    start: usize,
    text: String,
}

impl Source {
    /// Takes a file apart.
    pub(super) fn new(text: &str) -> Self {
        let mut scanner = Scanner { text, at: 0, code: text.as_bytes().to_vec(), literals: Vec::new() };
        while scanner.at < text.len() {
            scanner.step();
        }
        // Only whole characters were overwritten, with ASCII.
        let code = String::from_utf8_lossy(&scanner.code).into_owned();
        let production = without_tests(&code);
        Self { code, production, literals: scanner.literals }
    }

    /// The literals outside tests, with their lines.
    pub(super) fn literals(&self) -> impl Iterator<Item = (usize, &str)> {
        let outside = |literal: &&Literal| self.production.as_bytes().get(literal.start) == Some(&b'"');
        self.literals
            .iter()
            .filter(outside)
            .map(|literal| (line_of(&self.code, literal.start), literal.text.as_str()))
    }
}

struct Scanner<'t> {
    text: &'t str,
    at: usize,
    code: Vec<u8>,
    literals: Vec<Literal>,
}

impl Scanner<'_> {
    /// Goes past one comment, literal, word or other byte.
    fn step(&mut self) {
        let rest = &self.text.as_bytes()[self.at..];
        match rest {
            [b'/', b'/', ..] => self.blank(self.text[self.at..].find('\n').unwrap_or(rest.len())),
            [b'/', b'*', ..] => self.blank(block_comment(rest)),
            [b'"', ..] => self.quoted(),
            [b'\'', ..] => self.quote(),
            [first, ..] if first.is_ascii_alphanumeric() || *first == b'_' => self.word(),
            _ => self.at += 1,
        }
    }

    fn blank(&mut self, length: usize) {
        for byte in &mut self.code[self.at..self.at + length] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        self.at += length;
    }

    /// A literal in quotes, which stay.
    fn quoted(&mut self) {
        let start = self.at;
        let rest = &self.text.as_bytes()[start + 1..];
        let mut length = 0;
        while length < rest.len() && rest[length] != b'"' {
            length += if rest[length] == b'\\' { 2 } else { 1 };
        }
        self.literal(start, length.min(rest.len()), 1);
    }

    fn literal(&mut self, start: usize, length: usize, closing: usize) {
        let text = self.text[start + 1..start + 1 + length].to_owned();
        self.literals.push(Literal { start, text });
        self.at = start + 1;
        self.blank(length);
        self.at = (self.at + closing).min(self.text.len());
    }

    /// A character, or the mark of a lifetime.
    fn quote(&mut self) {
        let mut characters = self.text[self.at + 1..].chars();
        match (characters.next(), characters.next()) {
            (Some('\\'), Some(escaped)) => {
                let after = 2 + escaped.len_utf8();
                let close = self.text[self.at + after..].find('\'').map_or(0, |close| close + 1);
                self.blank(after + close);
            }
            (Some(character), Some('\'')) => self.blank(2 + character.len_utf8()),
            _ => self.at += 1,
        }
    }

    /// A word; one that begins a raw literal takes it along.
    fn word(&mut self) {
        let bytes = self.text.as_bytes();
        let start = self.at;
        while self.at < bytes.len() && (bytes[self.at].is_ascii_alphanumeric() || bytes[self.at] == b'_') {
            self.at += 1;
        }
        if !matches!(&self.text[start..self.at], "r" | "br" | "cr") {
            return;
        }
        let hashes = bytes[self.at..].iter().take_while(|byte| **byte == b'#').count();
        let open = self.at + hashes;
        if bytes.get(open) == Some(&b'"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let length = self.text[open + 1..].find(&end).unwrap_or(self.text.len() - open - 1);
            self.literal(open, length, end.len());
        }
    }
}

fn block_comment(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at < rest.len() {
        match &rest[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at.min(rest.len())
}

/// Blanks the items behind `#[cfg(test)]`.
fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut production = code.as_bytes().to_vec();
    let mut from = 0;
    while let Some(found) = code[from..].find(MARK) {
        let start = from + found;
        let end = start + MARK.len() + end_of_item(&code[start + MARK.len()..]);
        for byte in &mut production[start..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        from = end;
    }
    String::from_utf8_lossy(&production).into_owned()
}

/// Where an item ends: with its body, or with a semicolon, whatever comes first outside brackets.
fn end_of_item(code: &str) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.bytes().enumerate() {
        match byte {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 && byte == b'}' {
                    return at + 1;
                }
            }
            b';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_texts_are_no_code() {
        let source =
            Source::new("a(); // b()\n/* c() /* d() */ e() */ f(\"g()\", r#\"h\" ()\"#, 'i', '\\'', '\"');");
        assert_eq!(source.code.replace(' ', ""), "a();\nf(\"\",r#\"\"#,,,);");
        let literals: Vec<_> = source.literals().collect();
        assert_eq!(literals, [(2, "g()"), (2, "h\" ()")]);
    }

    #[test]
    fn lifetimes_are_no_characters() {
        let code = "fn f<'a>(x: &'a str) -> &'a str { x }";
        assert_eq!(Source::new(code).code, code);
    }

    #[test]
    fn tests_are_no_production() {
        let text = "fn a() {}\n#[cfg(test)]\nmod tests { fn b() { c(\"d\"); } }\nfn e() {}\n#[cfg(test)]\nuse f;\nfn g() {}";
        let source = Source::new(text);
        assert_eq!(source.production.split_whitespace().collect::<String>(), "fna(){}fne(){}fng(){}");
        assert_eq!(source.literals().count(), 0);
        assert!(source.code.contains("fn b()"));
    }

    #[test]
    fn an_escaped_quote_does_not_end_a_text() {
        let source = Source::new(r#"f("a \" b", c); g("d")"#);
        assert_eq!(source.literals().map(|(_, text)| text).collect::<Vec<_>>(), [r#"a \" b"#, "d"]);
    }

    #[test]
    fn an_unfinished_file_is_no_panic() {
        for text in ["\"a", "/* a", "r#\"a", "'", "'\\", "#[cfg(test)] mod a {", "\"a\\", "'\\n", "ä\"ö\\"]
        {
            Source::new(text);
        }
    }
}
