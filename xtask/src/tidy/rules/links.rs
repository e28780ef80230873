//! Links from document to document.

use crate::tidy::{
    markdown::{anchors, links, prose},
    tree::Tree,
    violations::Violations,
};

/// A link inside the repository leads to a file that is there, and to a heading that is in it.
pub(super) fn links_lead_somewhere(tree: &Tree, violations: &mut Violations) {
    for (path, text) in tree.ending(".md") {
        for (line, content) in prose(text) {
            for link in links(&content).into_iter().filter(|link| !link.contains(':')) {
                if let Some(wrong) = dead(tree, path, link) {
                    violations.report(path, line, format!("the link to `{link}` leads nowhere: {wrong}"));
                }
            }
        }
    }
}

/// What is wrong with a link from a document.
fn dead(tree: &Tree, document: &str, link: &str) -> Option<String> {
    let (file, anchor) = link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor)));
    let target = if file.is_empty() { document.to_owned() } else { resolved(document, file) };
    if !tree.contains(&target) {
        return Some(format!("there is no {target}"));
    }
    let headings = anchors(tree.text(&target).filter(|_| target.ends_with(".md"))?);
    anchor
        .filter(|anchor| !headings.iter().any(|heading| heading == anchor))
        .map(|_| format!("{target} has no such heading"))
}

/// The path of what a document links to, from the root of the project.
fn resolved(document: &str, link: &str) -> String {
    let mut parts: Vec<_> = document.split('/').collect();
    parts.pop();
    for part in link.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::{super::found, *};

    #[test]
    fn a_dead_link_is_found() {
        let text = "# Here I am\n[a](../b.md) [c](d/) [e](https://f.g/h.md) [me](#here-i-am)\n\
                    [i](j.md)\n[k](../b.md#l)\n`[m](n.md)` and [`Commands`](crate::Commands)";
        let files = [("docs/a.md", text), ("b.md", "# B"), ("docs/d/e.md", "")];
        assert_eq!(found(links_lead_somewhere, &files), ["docs/a.md:3", "docs/a.md:4"]);
    }
}
