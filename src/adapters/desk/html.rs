//! HTML that cannot be injected into: only literals go in as they are, everything else is escaped.

/// A page, or a part of one, being written.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Html(String);

impl Html {
    /// Nothing yet.
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Writes a literal; each `{}` in it takes the next of `texts`, escaped for text and for quoted attributes.
    pub(super) fn put(&mut self, literal: &'static str, texts: &[&str]) -> &mut Self {
        let mut texts = texts.iter();
        for (n, piece) in literal.split("{}").enumerate() {
            if n > 0 {
                escape(texts.next().copied().unwrap_or_default(), &mut self.0);
            }
            self.0.push_str(piece);
        }
        self
    }

    /// Appends what was written elsewhere.
    pub(super) fn add(&mut self, other: &Self) -> &mut Self {
        self.0.push_str(&other.0);
        self
    }

    /// The text of it.
    pub(super) fn into_string(self) -> String {
        self.0
    }
}

fn escape(text: &str, into: &mut String) {
    for c in text.chars() {
        match c {
            '&' => into.push_str("&amp;"),
            '<' => into.push_str("&lt;"),
            '>' => into.push_str("&gt;"),
            '"' => into.push_str("&quot;"),
            '\'' => into.push_str("&#39;"),
            // A control character has no place in HTML; a direction mark could turn a line round (Trojan Source).
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => into.push('\u{fffd}'),
            c if c.is_control() && c != '\n' && c != '\t' => into.push('\u{fffd}'),
            c => into.push(c),
        }
    }
}

/// Fills `{name}` places of a catalogue text; the result is escaped by `put`.
pub(super) fn fill(text: &str, places: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((head, tail)) = rest.split_once('{') {
        filled.push_str(head);
        let place = tail.split_once('}').and_then(|(name, after)| {
            let (_, value) = places.iter().find(|(known, _)| *known == name)?;
            Some((*value, after))
        });
        match place {
            Some((value, after)) => {
                filled.push_str(value);
                rest = after;
            }
            None => {
                filled.push('{');
                rest = tail;
            }
        }
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_people_wrote_stays_text() {
        let mut html = Html::new();
        html.put("<a title=\"{}\">{}</a>", &["\"><script>", "a & b's <i> \u{202e}\u{0}"]);
        assert_eq!(
            html.into_string(),
            "<a title=\"&quot;&gt;&lt;script&gt;\">a &amp; b&#39;s &lt;i&gt; \u{fffd}\u{fffd}</a>"
        );
    }

    #[test]
    fn a_value_is_never_a_template() {
        assert_eq!(fill("{n} of {m}", &[("n", "{m}"), ("m", "3")]), "{m} of 3");
        assert_eq!(fill("a { b {x} c", &[]), "a { b {x} c");
        let mut html = Html::new();
        html.put("{}|{}", &["{}"]);
        assert_eq!(html.into_string(), "{}|");
    }

    proptest! {
        #[test]
        fn no_text_opens_a_tag_or_leaves_its_quotes(text in ".*") {
            let mut html = Html::new();
            html.put("{}", &[&text]);
            let html = html.into_string();
            prop_assert!(!html.contains(['<', '>', '"', '\'']));
        }
    }
}
