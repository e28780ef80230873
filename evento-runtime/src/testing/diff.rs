//! How two JSON values differ, line by line, as a person reads it.

use serde_json::Value;
use similar::{ChangeTag, TextDiff};

/// How many lines that are the same are shown around those that differ.
const AROUND: usize = 3;

/// How the JSON that was found differs from the expected one: the lines of both, pretty-printed, `-` before those that were
/// expected only, `+` before those that were found only. Lines that are the same are shown around them; `...` stands for more of
/// them. Empty when there is no difference. Every line ends with a newline.
///
/// The fields of an object are compared by their names, whatever their order.
pub(crate) fn diff(expected: &Value, found: &Value) -> String {
    diff_of_texts(&format!("{expected:#}\n"), &format!("{found:#}\n"))
}

/// The same for texts.
pub(crate) fn diff_of_texts(expected: &str, found: &str) -> String {
    let lines = TextDiff::from_lines(expected, found);
    let (mut told, mut reached) = (String::new(), 0);
    for group in lines.grouped_ops(AROUND) {
        let begins = group.first().map_or(0, |op| op.old_range().start);
        if begins > reached {
            told.push_str("  ...\n");
        }
        reached = group.last().map_or(reached, |op| op.old_range().end);
        for change in group.iter().flat_map(|op| lines.iter_changes(op)) {
            told.push_str(match change.tag() {
                ChangeTag::Delete => "- ",
                ChangeTag::Insert => "+ ",
                ChangeTag::Equal => "  ",
            });
            told.push_str(change.value().trim_end_matches('\n'));
            told.push('\n');
        }
    }
    if !told.is_empty() && reached < expected.lines().count() {
        told.push_str("  ...\n");
    }
    told
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_differs_is_shown_with_what_stands_around_it() {
        let expected = json!({ "a": 1, "name": "milk", "z": [1, 2] });
        let found = json!({ "z": [1, 2], "name": "soap", "a": 1 });
        assert_eq!(
            diff(&expected, &found),
            "  {\n    \"a\": 1,\n-   \"name\": \"milk\",\n+   \"name\": \"soap\",\n    \"z\": [\n      1,\n      2\n  ...\n"
        );
    }

    #[test]
    fn what_is_the_same_is_no_difference() {
        assert_eq!(diff(&json!({ "a": 1, "b": null }), &json!({ "b": null, "a": 1 })), "");
    }

    #[test]
    fn what_lies_far_from_a_difference_is_left_out() {
        let numbers: Vec<u32> = (0..40).collect();
        let mut others = numbers.clone();
        others[20] = 77;
        let told = diff(&json!(numbers), &json!(others));
        assert!(told.starts_with("  ...\n") && told.ends_with("  ...\n"), "{told}");
        assert!(told.contains("-   20,\n+   77,\n"), "{told}");
        assert_eq!(told.lines().count(), 10, "{told}");
    }

    #[test]
    fn what_is_there_on_one_side_only_is_shown() {
        assert_eq!(diff(&json!([1]), &json!([1, 2])), "  [\n-   1\n+   1,\n+   2\n  ]\n");
    }
}
