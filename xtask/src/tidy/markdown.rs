//! Markdown, as far as the rules need: fenced blocks, links, headings.

/// A fenced block.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fence<'t> {
    /// The line of the opening fence, from 1.
    pub(super) line: usize,
    /// What stands behind the opening fence.
    pub(super) info: &'t str,
    /// The lines between the fences, each with its line break.
    pub(super) body: String,
}

impl Fence<'_> {
    /// Whether rustdoc takes the block for Rust.
    pub(super) fn is_rust(&self) -> bool {
        self.info.split(',').next().is_some_and(|language| matches!(language.trim(), "" | "rust"))
    }
}

/// The fenced blocks of a text.
pub(super) fn fences(text: &str) -> Vec<Fence<'_>> {
    let mut fences = Vec::new();
    let mut open: Option<Fence<'_>> = None;
    for (line, content) in text.lines().enumerate() {
        match (&mut open, content.trim_start().strip_prefix("```")) {
            (None, Some(info)) => {
                open = Some(Fence { line: line + 1, info: info.trim(), body: String::new() })
            }
            (Some(_), Some(_)) => fences.extend(open.take()),
            (Some(fence), None) => {
                fence.body.push_str(content);
                fence.body.push('\n');
            }
            (None, None) => {}
        }
    }
    fences
}

/// The lines outside fenced blocks, numbered from 1, with what stands in backticks blanked.
pub(super) fn prose(text: &str) -> Vec<(usize, String)> {
    let mut fenced = false;
    let mut prose = Vec::new();
    for (line, content) in text.lines().enumerate() {
        if content.trim_start().starts_with("```") {
            fenced = !fenced;
        } else if !fenced {
            let unquoted = content.split('`').enumerate().filter(|(at, _)| at % 2 == 0).map(|(_, part)| part);
            prose.push((line + 1, unquoted.collect::<Vec<_>>().join("``")));
        }
    }
    prose
}

/// The targets of the links in a line of prose: `[text](target)` and `[name]: target`.
pub(super) fn links(line: &str) -> Vec<&str> {
    let inline = line.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(target, _)| target);
    let named = line.strip_prefix('[').and_then(|rest| rest.split_once("]: ")).map(|(_, target)| target);
    inline.chain(named).filter_map(|target| target.split_whitespace().next()).collect()
}

/// The names by which the headings of a text can be linked to.
pub(super) fn anchors(text: &str) -> Vec<String> {
    let mut fenced = false;
    let mut anchors = Vec::new();
    for line in text.lines() {
        fenced ^= line.trim_start().starts_with("```");
        if let Some(heading) = line.strip_prefix('#').filter(|_| !fenced) {
            anchors.push(anchor(heading.trim_start_matches('#').trim()));
        }
    }
    anchors
}

/// A heading as GitHub turns it into the name of a place.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fences_have_their_lines() {
        let fences = fences("a\n```rust,no_run\nb\n\n```\n```\nc\n```\n```text\n```\n");
        assert_eq!(fences[0], Fence { line: 2, info: "rust,no_run", body: "b\n\n".to_owned() });
        assert_eq!(fences.iter().map(Fence::is_rust).collect::<Vec<_>>(), [true, true, false]);
    }

    #[test]
    fn links_are_found_outside_code() {
        let prose = prose("[a](b.md) and [c](d#e \"f\")\n```\n[g](h)\n```\n`[i](j)`\n[k]: l.md");
        let links: Vec<_> = prose
            .iter()
            .flat_map(|(line, text)| links(text).into_iter().map(move |to| (*line, to)))
            .collect();
        assert_eq!(links, [(1, "b.md"), (1, "d#e"), (6, "l.md")]);
    }

    #[test]
    fn anchors_are_as_on_github() {
        assert_eq!(
            anchors("# What it is\n```\n# no\n```\n## `&self`, or not?"),
            ["what-it-is", "self-or-not"]
        );
    }
}
