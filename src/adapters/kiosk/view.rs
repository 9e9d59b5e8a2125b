//! A screen as the page reads it: the domain's `Screen` in the JSON of the contract, with nothing in it that the page must not know.

use crate::domain::envelope::Outbound;
use crate::domain::lang::Lang;
use crate::domain::menu::model::Accept;
use crate::domain::screen::{Choice, Entry, Kind, Screen, Shown};
use crate::domain::value::{DateRange, Value as Held};
use serde_json::{Value, json};

/// The screen of what the gateway says; one of its own last words comes as text alone.
#[must_use]
pub(super) fn screen(outbound: Outbound, lang: Lang) -> Screen {
    let Outbound { text, ends, screen } = outbound;
    screen.map_or_else(
        || Screen {
            kind: if ends { Kind::End } else { Kind::Word },
            place: "phrase/word".to_owned(),
            lang: Some(lang),
            body: text,
            ends,
            ..Screen::default()
        },
        |screen| *screen,
    )
}

/// The JSON of a screen.
#[must_use]
pub(super) fn json(screen: &Screen) -> Value {
    json!({
        "body": screen.body,
        "error": screen.wrong,
        "more": screen.more,
        "lang": screen.lang.map(Lang::tag),
        "place": screen.place,
        "kind": kind(screen.kind),
        "choices": screen.choices.iter().map(choice).collect::<Vec<_>>(),
        "keys": {"back": screen.keys.back, "home": screen.keys.home, "language": screen.keys.language},
        "labels": {
            "back": screen.labels.back,
            "home": screen.labels.home,
            "more": screen.labels.more,
            "language": screen.labels.language,
        },
        "ends": screen.ends,
        "private": screen.private,
        "masked": screen.masked,
        "entry": screen.entry.as_ref().map(entry),
        "picture": screen.picture,
        "progress": screen.progress.map(|(at, of)| [at, of]),
        "say": screen.say,
        "shown": screen.shown.iter().filter_map(shown).collect::<Vec<_>>(),
    })
}

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Languages => "languages",
        Kind::Root => "root",
        Kind::Choose => "choose",
        Kind::List => "list",
        Kind::Ask => "ask",
        Kind::Say => "say",
        Kind::Confirm => "confirm",
        Kind::Wait => "wait",
        Kind::Word => "word",
        Kind::Guess => "guess",
        Kind::Resume => "resume",
        Kind::Carry => "carry",
        Kind::End => "end",
    }
}

fn choice(choice: &Choice) -> Value {
    let Choice { digit, id, label, icon, say } = choice;
    json!({"digit": digit, "id": id, "label": label, "icon": icon, "say": say})
}

fn entry(entry: &Entry) -> Value {
    match entry {
        Entry::Digits(least, most) => json!({"kind": "digits", "least": least, "most": most}),
        Entry::Number(least, most) => json!({"kind": "number", "least": least, "most": most}),
        Entry::Text(most) => json!({"kind": "text", "most": most}),
        Entry::Date(range, accept) => {
            let all = [Accept::Ddmm, Accept::Ddmmyyyy];
            let accept = if accept.is_empty() { all.as_slice() } else { accept.as_slice() };
            let form = |form: &Accept| match form {
                Accept::Ddmm => "ddmm",
                Accept::Ddmmyyyy => "ddmmyyyy",
            };
            let range = match range {
                DateRange::Past => "past",
                DateRange::Future => "future",
                DateRange::Any => "any",
            };
            json!({"kind": "date", "form": accept.iter().map(form).collect::<Vec<_>>(), "range": range})
        }
    }
}

/// A value that can be drawn; what a person typed as digits or words never is.
fn shown(shown: &Shown) -> Option<Value> {
    let (kind, value) = match &shown.value {
        Held::Word(key) => ("word", key.clone()),
        Held::Date(date) => ("date", date.to_string()),
        Held::Number(number) => ("number", number.to_string()),
        Held::Digits(_) | Held::Choice(_) | Held::Text(_) | Held::Items(_) => return None,
    };
    Some(json!({"name": shown.name, "kind": kind, "value": value}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_screen_reads_as_the_contract_says() {
        let date = jiff::civil::date(2027, 1, 1);
        let held = |name: &str, value| Shown { name: name.to_owned(), value };
        let screen = Screen {
            kind: Kind::Ask,
            place: "status/number".to_owned(),
            lang: Some(Lang::Tg),
            wrong: Some("Не".to_owned()),
            body: "Рақам?".to_owned(),
            choices: vec![Choice { digit: "1".to_owned(), id: "status".to_owned(), ..Choice::default() }],
            entry: Some(Entry::Date(DateRange::Past, Vec::new())),
            progress: Some((1, 3)),
            shown: vec![
                held("leave_by", Held::Date(date)),
                held("state", Held::Word("approved".to_owned())),
                held("number", Held::Digits("6120093847".to_owned())),
            ],
            ..Screen::default()
        };
        let view = json(&screen);
        let part = |pointer: &str| view.pointer(pointer).unwrap().clone();
        assert_eq!(part("/kind"), "ask");
        assert_eq!(part("/lang"), "tg");
        assert_eq!(part("/error"), "Не");
        assert_eq!(part("/progress"), json!([1, 3]));
        assert_eq!(part("/entry"), json!({"kind": "date", "form": ["ddmm", "ddmmyyyy"], "range": "past"}));
        let shown = json!([
            {"name": "leave_by", "kind": "date", "value": "2027-01-01"},
            {"name": "state", "kind": "word", "value": "approved"},
        ]);
        assert_eq!(part("/shown"), shown);
        assert!(!view.to_string().contains("6120093847"), "{view}");
    }

    #[test]
    fn a_last_word_without_a_screen_becomes_one() {
        let screen = screen(Outbound::page("Over", true), Lang::Ky);
        assert_eq!((screen.kind, screen.ends, screen.lang), (Kind::End, true, Some(Lang::Ky)));
        assert_eq!(screen.body, "Over");
    }
}
