//! Did you mean …?

/// How much alike two words must be, from 0 to 1: `retires` is a `retry`, `colour` is nothing of ours.
const LIKENESS: f64 = 0.55;

/// The known word that was probably meant, if one is near enough.
pub(crate) fn similar<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    known
        .into_iter()
        .map(|candidate| (strsim::normalized_damerau_levenshtein(word, candidate), candidate))
        .filter(|&(likeness, _)| likeness > LIKENESS)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, candidate)| candidate)
}

/// The end of a message about an unknown word: the one that was probably meant, or all of them.
pub(crate) fn hint(word: &str, known: &[&str]) -> String {
    match similar(word, known.iter().copied()) {
        Some(candidate) => format!("did you mean `{candidate}`?"),
        None => match known {
            [] => "it takes none".to_owned(),
            known => format!("expected {}", listed(known)),
        },
    }
}

/// "`a`, `b` or `c`".
pub(crate) fn listed(words: &[&str]) -> String {
    let quoted: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
    match quoted.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_suggested_and_far_ones_are_not() {
        assert_eq!(similar("retires", ["retry", "version"]), Some("retry"));
        assert_eq!(similar("verison", ["retry", "version"]), Some("version"));
        assert_eq!(similar("colour", ["retry", "version"]), None);
    }

    #[test]
    fn words_are_listed_as_in_a_sentence() {
        assert_eq!(listed(&["a", "b", "c"]), "`a`, `b` or `c`");
        assert_eq!(listed(&["a"]), "`a`");
    }
}
