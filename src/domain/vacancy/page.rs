//! A vacancy's HTML page → its `JobPosting`: the JSON-LD blocks of the page, and the banner of the archive.

use super::Aside;
use serde_json::Value;

/// Octets of a page looked at; the rest is not read.
pub const PAGE_MAX: usize = 1024 * 1024;
/// How archived pages, which still answer 200, say so.
const ARCHIVED: [&str; 3] = ["вакансия находится в архиве", "вакансия мұрағатта", "вакансия в архиве"];
/// Blocks of JSON-LD looked at in one page.
const BLOCKS_MAX: usize = 16;

/// The posting in a page.
///
/// # Errors
/// `Archived` for a page with the banner, `Malformed` for one without a posting that can be read.
pub fn posting(html: &str) -> Result<Value, Aside> {
    let mut end = html.len().min(PAGE_MAX);
    while !html.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    let html = html.get(..end).unwrap_or_default();
    let small = html.to_lowercase();
    if ARCHIVED.iter().any(|banner| small.contains(banner)) {
        return Err(Aside::Archived);
    }
    let mut wrong = "no JobPosting in the page".to_owned();
    for block in blocks(html) {
        match serde_json::from_str::<Value>(&tidy(block)) {
            Ok(value) => {
                if let Some(posting) = find(&value) {
                    return Ok(posting.clone());
                }
            }
            Err(error) => wrong = format!("JSON-LD of the page: {error}"),
        }
    }
    Err(Aside::Malformed(wrong))
}

fn blocks(html: &str) -> impl Iterator<Item = &str> {
    let scripts = html.split("<script").skip(1).take(BLOCKS_MAX * 8);
    let typed = scripts.filter_map(|script| {
        let (head, rest) = script.split_once('>')?;
        let is_ld = head.to_lowercase().replace([' ', '\'', '"'], "").contains("type=application/ld+json");
        is_ld.then(|| rest.split("</script").next().unwrap_or(rest))
    });
    typed.take(BLOCKS_MAX)
}

/// Line breaks and tabs inside strings, which pages write and JSON forbids, become blanks; CDATA marks go.
fn tidy(block: &str) -> String {
    let plain = block.trim().trim_start_matches("//<![CDATA[").trim_start_matches("<![CDATA[");
    let plain = plain.trim_end_matches("]]>").trim_end_matches("//");
    plain.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// The posting itself, or among the entries of an array or a `@graph`.
fn find(value: &Value) -> Option<&Value> {
    let is_posting = |value: &Value| match value.get("@type") {
        Some(Value::String(kind)) => kind == "JobPosting",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "JobPosting"),
        _ => false,
    };
    let within = value.as_array().or_else(|| value.get("@graph").and_then(Value::as_array));
    if is_posting(value) { Some(value) } else { within?.iter().find(|value| is_posting(value)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn page(ld: &str, body: &str) -> String {
        format!(
            "<html><head><script>var a = 1;</script><script type=\"application/ld+json\">{ld}</script></head><body>{body}</body></html>"
        )
    }

    #[test]
    fn the_posting_is_found_alone_in_a_list_and_in_a_graph() {
        let one = r#"{"@type": "JobPosting", "title": "Повар"}"#;
        for ld in [
            one.to_owned(),
            format!("[{{\"@type\": \"Organization\"}}, {one}]"),
            format!("{{\"@graph\": [{one}]}}"),
        ] {
            assert_eq!(posting(&page(&ld, "")).unwrap()["title"], "Повар", "{ld}");
        }
        let single = page(one, "").replace("type=\"application/ld+json\"", "id=x type='application/ld+json'");
        assert_eq!(posting(&single).unwrap()["title"], "Повар");
    }

    #[test]
    fn a_line_break_inside_a_text_does_not_lose_the_posting() {
        let ld = "{\"@type\": \"JobPosting\", \"title\": \"Повар\", \"description\": \"одна\nдве\tтри\"}";
        assert_eq!(posting(&page(ld, "")).unwrap()["description"], "одна две три");
    }

    #[test]
    fn an_archived_page_is_not_a_vacancy_though_it_answers() {
        let ld = r#"{"@type": "JobPosting", "title": "Повар"}"#;
        assert_eq!(posting(&page(ld, "<p>Вакансия находится в архиве</p>")), Err(Aside::Archived));
    }

    #[test]
    fn a_page_without_a_posting_says_what_is_wrong() {
        for html in ["", "<html></html>", &page("{", ""), &page(r#"{"@type": "Event"}"#, "")] {
            assert!(matches!(posting(html), Err(Aside::Malformed(_))), "{html}");
        }
    }

    proptest! {
        #[test]
        fn any_page_is_read_without_harm(html in any::<String>(), ld in any::<String>()) {
            drop(posting(&html));
            drop(posting(&page(&ld, &html)));
        }
    }
}
