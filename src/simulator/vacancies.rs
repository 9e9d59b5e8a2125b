//! A believable feed of vacancies from a seed: all regions, real occupation codes, the oddities of real feeds; no real employer.

use crate::domain::lang::Lang;
use crate::domain::vacancy::region::{Kato, regions};
use crate::domain::vacancy::trade::{Isco, trades};
use jiff::civil::Date;
use serde_json::{Value, json};

/// A region's digits, how many of a hundred vacancies it has, its towns, and how its wages compare, in hundredths.
const PLACES: [(u8, u32, &[&str], u32); 20] = [
    (75, 18, &["Алматы"], 115),
    (71, 14, &["Астана"], 115),
    (79, 7, &["Шымкент"], 95),
    (10, 3, &["Семей", "Аягоз"], 90),
    (11, 4, &["Кокшетау", "Щучинск", "Степногорск"], 95),
    (15, 4, &["Актобе", "Хромтау"], 100),
    (19, 6, &["Қонаев", "Талгар", "Каскелен"], 100),
    (23, 4, &["Атырау", "Кульсары"], 130),
    (27, 3, &["Уральск", "Аксай"], 105),
    (31, 3, &["Тараз", "Шу"], 85),
    (33, 2, &["Талдыкорган", "Жаркент"], 88),
    (35, 6, &["Караганда", "Темиртау", "Балхаш"], 105),
    (39, 4, &["Костанай", "Рудный"], 95),
    (43, 3, &["Кызылорда", "Байконур"], 90),
    (47, 4, &["Актау", "Жанаозен"], 120),
    (55, 4, &["Павлодар", "Экибастуз"], 105),
    (59, 3, &["Петропавловск"], 90),
    (61, 4, &["Туркестан", "Сарыагаш"], 82),
    (62, 1, &["Жезказган", "Сатпаев"], 110),
    (63, 3, &["Усть-Каменогорск", "Риддер"], 100),
];
const NAMES: [&str; 16] = [
    "Пример",
    "Образец",
    "Самал",
    "Достык",
    "Береке",
    "Арна",
    "Тулпар",
    "Жетысу",
    "Алтын Дала",
    "Нұрлы",
    "Отау",
    "Сарыарка",
    "Болашак",
    "Керуен",
    "Бастау",
    "Мерей",
];
const ADDITIONS: [&str; 8] =
    ["", "", "", " (вахта)", " в г. {town}", " с опытом", ", сменный график", " срочно"];

/// Numbers that look like chance and are the same for the same seed (`SplitMix64`).
#[derive(Clone, Debug)]
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u32) -> u32 {
        let rolled = self.roll().checked_rem(u64::from(bound)).unwrap_or_default();
        u32::try_from(rolled).unwrap_or_default()
    }

    fn percent(&mut self, chance: u32) -> bool {
        self.below(100) < chance
    }

    fn one_of<'a, T>(&mut self, all: &'a [T]) -> Option<&'a T> {
        let at = self.below(u32::try_from(all.len()).unwrap_or(u32::MAX));
        all.get(usize::try_from(at).unwrap_or_default())
    }
}

/// `count` postings as a feed would have them on `today`, the same for the same seed. Some four of a hundred are faulty in the
/// ways in which real ones are.
pub fn postings(seed: u64, count: u32, today: Date) -> impl Iterator<Item = Value> {
    (1..=count).map(move |number| posting(seed, number, today))
}

fn posting(seed: u64, number: u32, today: Date) -> Value {
    let mut dice = Dice(seed.wrapping_mul(1_000_003).wrapping_add(u64::from(number)));
    let (kato, towns, level) = place(&mut dice, number);
    let town = dice.one_of(towns).copied().unwrap_or_default();
    let trade = dice.one_of(trades().order()).copied().unwrap_or(Isco(9313));
    let lang = if dice.percent(25) { Lang::Kk } else { Lang::Ru };
    let name = trades().name(trade, lang).unwrap_or_default();
    let addition = dice.one_of(&ADDITIONS).copied().unwrap_or_default().replace("{town}", town);
    let posted = before(today, dice.below(25));
    let region = regions().name(kato, Lang::Ru).unwrap_or_default();
    let locality = if region == town { format!("г. {town}") } else { format!("{region}, г. {town}") };
    let kind = if dice.percent(60) { "ТОО" } else { "ИП" };
    let employer =
        format!("{kind} «{} {}»", dice.one_of(&NAMES).copied().unwrap_or_default(), dice.below(90) + 10);
    let mut whole = json!({
        "@context": "https://schema.org",
        "@type": "JobPosting",
        "identifier": {"@type": "PropertyValue", "value": (2_000_000_u32.saturating_add(number)).to_string()},
        "title": format!("{name}{addition}"),
        "datePosted": day(&mut dice, posted),
        "validThrough": day(&mut dice, before(posted, 0).checked_add(jiff::Span::new().days(30)).unwrap_or(posted)),
        "hiringOrganization": {"@type": "Organization", "name": employer},
        "jobLocation": {"@type": "Place", "address": {"@type": "PostalAddress", "addressLocality": locality}},
    });
    state(&mut whole, &mut dice, trade, level);
    fault(&mut whole, &mut dice, today);
    whole
}

/// The first twenty go round the regions, so that the smallest feed has them all; then as people live.
fn place(dice: &mut Dice, number: u32) -> (Kato, &'static [&'static str], u32) {
    let turn = usize::try_from(number).unwrap_or_default().checked_sub(1).and_then(|at| PLACES.get(at));
    let mut left = dice.below(PLACES.iter().map(|(_, share, _, _)| share).sum());
    let by_share = PLACES.iter().find(|(_, share, _, _)| {
        let here = left < *share;
        left = left.saturating_sub(*share);
        here
    });
    turn.or(by_share).map_or((Kato(75), &["Алматы"][..], 100), |(kato, _, towns, level)| {
        (Kato(*kato), *towns, *level)
    })
}

fn before(day: Date, days: u32) -> Date {
    day.checked_sub(jiff::Span::new().days(i64::from(days))).unwrap_or(day)
}

/// As the labour exchange writes it, or as the standard asks.
fn day(dice: &mut Dice, day: Date) -> String {
    if dice.percent(70) {
        format!("{:02}-{:02}-{}", day.day(), day.month(), day.year())
    } else {
        day.to_string()
    }
}

/// What may be stated and often is not.
fn state(whole: &mut Value, dice: &mut Dice, trade: Isco, level: u32) {
    let base = 110_000_u32.saturating_add(dice.below(24).saturating_mul(10_000));
    let least = base.saturating_mul(level).checked_div(100).unwrap_or(base) / 1_000 * 1_000;
    let most = least.saturating_add(dice.below(12).saturating_mul(10_000));
    let (from, to) = (spaced(least), spaced(most));
    let pay = match dice.below(10) {
        0..=5 => Some(json!(format!("от {from} до {to} тг."))),
        6 => Some(json!(format!("от {from} тг."))),
        7..=8 => Some(json!({"@type": "MonetaryAmount", "currency": "KZT",
            "value": {"@type": "QuantitativeValue", "minValue": least, "maxValue": most, "unitText": "MONTH"}})),
        _ => None,
    };
    let mut said = vec!["Обязанности: работа по графику."];
    match dice.below(10) {
        0..=1 => said.push("Жилье предоставляется."),
        2 => said.push("Без жилья."),
        _ => {}
    }
    let experience =
        if dice.percent(45) { "без опыта работы" } else { "опыт от 1 года" };
    let foreigners = match dice.below(10) {
        0 => Some("yes"),
        1..=2 => Some("permit"),
        3 => Some("no"),
        _ => None,
    };
    let stated = [
        ("baseSalary", pay),
        ("description", Some(json!(said.join(" ")))),
        ("experienceRequirements", dice.percent(85).then(|| json!(experience))),
        ("occupationalCategory", dice.percent(60).then(|| json!(format!("{:04}", trade.0)))),
        ("open_to_foreigners", foreigners.map(|word| json!(word))),
    ];
    if let Some(object) = whole.as_object_mut() {
        object.extend(stated.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    }
}

/// The ways in which real postings fail.
fn fault(whole: &mut Value, dice: &mut Dice, today: Date) {
    let Some(object) = whole.as_object_mut() else { return };
    match dice.below(100) {
        0 => drop(object.remove("title")),
        1 => drop(object.insert("datePosted".to_owned(), json!("вчера"))),
        2 => drop(object.insert("validThrough".to_owned(), json!(before(today, 3).to_string()))),
        3 => drop(object.remove("hiringOrganization")),
        _ => {}
    }
}

/// `150000` → `150 000`.
fn spaced(figure: u32) -> String {
    let (thousands, rest) = (figure / 1_000, figure % 1_000);
    format!("{thousands} {rest:03}")
}

/// The page of one posting as a web site would have it.
#[must_use]
pub fn page(posting: &Value) -> String {
    let title = posting.get("title").and_then(Value::as_str).unwrap_or_default();
    format!(
        "<!doctype html>\n<html lang=\"ru\"><head><title>{title}</title>\n\
         <script type=\"application/ld+json\">{posting}</script></head>\n<body><h1>{title}</h1></body></html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::vacancy::feed::Form;
    use crate::domain::vacancy::import::{Batch, import};
    use crate::domain::vacancy::posting::Reading;
    use crate::domain::vacancy::shelf::Shelf;
    use jiff::civil::date;
    use std::collections::BTreeSet;

    const TODAY: Date = date(2026, 11, 25);

    fn batch(count: u32) -> Batch {
        let lines: Vec<String> = postings(7, count, TODAY).map(|posting| posting.to_string()).collect();
        import(Form::Ndjson, &lines.join("\n"), Reading { source: "sample", url: None, today: TODAY })
    }

    #[test]
    fn five_thousand_are_read_and_say_where_and_what() {
        let Batch { vacancies, report, .. } = batch(5_500);
        assert!(report.taken >= 5_000, "{}", report.taken);
        let share = |part: usize| part * 100 / report.taken;
        assert_eq!((report.known.region, share(report.known.trade)), (report.taken, 100));
        assert!((20..=40).contains(&share(report.known.foreigners)), "most say nothing of foreigners");
        let places: BTreeSet<u8> =
            vacancies.iter().filter_map(|vacancy| vacancy.region.map(|kato| kato.0)).collect();
        assert_eq!(places.len(), 20);
        let reasons: BTreeSet<&str> = report.aside.keys().map(String::as_str).collect();
        assert_eq!(reasons, BTreeSet::from(["expired", "missing", "unreadable"]));
        let (shelf, counts) = Shelf::of(vacancies, &Shelf::default());
        assert!(shelf.len() > 4_900 && counts.beyond == 0, "{counts:?}");
    }

    #[test]
    fn the_same_seed_gives_the_same_feed_and_twenty_give_all_regions() {
        let twice: Vec<Vec<Value>> = (0..2).map(|_| postings(3, 40, TODAY).collect()).collect();
        assert_eq!(twice[0], twice[1]);
        let other: Vec<Value> = postings(4, 40, TODAY).collect();
        assert_ne!(twice[0], other);
    }

    #[test]
    fn a_page_of_it_is_read_as_the_posting_itself() {
        let one = postings(7, 1, TODAY).next().unwrap();
        let reading = Reading { source: "sample", url: None, today: TODAY };
        let by_page = import(Form::Html, &page(&one), reading).vacancies;
        assert_eq!(by_page, import(Form::Json, &one.to_string(), reading).vacancies);
    }
}
