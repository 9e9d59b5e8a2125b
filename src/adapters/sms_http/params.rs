//! What a request carries as `name=value`, kept as octets: a text arrives in any charset, and a query is not always UTF-8.

/// Parameters of one request at most; what comes after is not read.
const PARAMS_MAX: usize = 64;

/// Parameters by name, in the order they came.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Params(Vec<(Vec<u8>, Vec<u8>)>);

impl Params {
    /// Reads a query, or a form's body.
    #[must_use]
    pub fn read(text: &[u8]) -> Self {
        let pairs = text.split(|octet| *octet == b'&').filter(|pair| !pair.is_empty());
        let pair = |pair: &[u8]| {
            let mut halves = pair.splitn(2, |octet| *octet == b'=');
            let name = decoded(halves.next().unwrap_or_default());
            (name, decoded(halves.next().unwrap_or_default()))
        };
        Self(pairs.take(PARAMS_MAX).map(pair).collect())
    }

    /// Adds those of `other` behind these: where both have a name, these count.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// Adds one behind these.
    pub fn add(&mut self, name: &str, value: &[u8]) {
        self.0.push((name.as_bytes().to_vec(), value.to_vec()));
    }

    /// The octets under a name.
    #[must_use]
    pub fn octets(&self, name: &str) -> Option<&[u8]> {
        let found = self.0.iter().find(|(known, _)| known == name.as_bytes());
        found.map(|(_, value)| value.as_slice())
    }

    /// The text under a name, without blanks around it; empty where there is none or it is not UTF-8.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        self.octets(name).and_then(|octets| core::str::from_utf8(octets).ok()).unwrap_or_default().trim()
    }
}

/// `+` and `%XX` decoded; a `%` that begins no octet stands for itself.
fn decoded(text: &[u8]) -> Vec<u8> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        let octet = match first {
            b'+' => b' ',
            b'%' => match after.split_at_checked(2).and_then(|(digits, after)| Some((octet(digits)?, after)))
            {
                Some((octet, after)) => {
                    rest = after;
                    octet
                }
                None => b'%',
            },
            other => *other,
        };
        octets.push(octet);
    }
    octets
}

fn octet(digits: &[u8]) -> Option<u8> {
    // `from_str_radix` takes a sign too.
    let digits =
        core::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()))?;
    u8::from_str_radix(digits, 16).ok()
}

/// Octets as they stand in a query.
#[must_use]
pub fn encoded(text: &str) -> String {
    let octet = |octet: u8| match octet {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(octet).to_string(),
        other => format!("%{other:02X}"),
    };
    text.bytes().map(octet).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_are_kept_as_they_came() {
        let params =
            Params::read(b"from=%2B77011234567&text=%04%16+%04%36&empty=&bare&bad=%zz%4&text=second");
        assert_eq!(params.text("from"), "+77011234567");
        assert_eq!(params.octets("text"), Some(b"\x04\x16 \x04\x36".as_slice()));
        assert_eq!((params.octets("empty"), params.octets("bare")), (Some(&b""[..]), Some(&b""[..])));
        assert_eq!((params.text("bad"), params.octets("none")), ("%zz%4", None));
    }

    proptest::proptest! {
        #[test]
        fn what_is_encoded_reads_back(text in "\\PC{0,40}") {
            let query = format!("a={}", encoded(&text));
            let params = Params::read(query.as_bytes());
            proptest::prop_assert_eq!(params.octets("a"), Some(text.as_bytes()));
        }

        #[test]
        fn nothing_makes_reading_fail(octets in proptest::collection::vec(proptest::num::u8::ANY, 0..200)) {
            let params = Params::read(&octets);
            proptest::prop_assert!(params.text("a").len() <= octets.len());
        }
    }
}
