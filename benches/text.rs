//! What a reply costs in text work: pages, segments, alphabets, SMS-Latin, words.
#![expect(clippy::unwrap_used, reason = "a bench may stop at the first surprise")]

use divan::{Bencher, black_box};
use kopir::domain::lang::Lang;
use kopir::domain::screen::{Choice, KeyLabels, Keys, Screen};
use kopir::domain::text::{budget, gsm7, pages, segment, translit, ucs2};
use kopir::domain::word;

const LATIN: &str =
    "Kirish 03.10.2026. Ro'yxatdan o'tish: 06.10.2026 gacha. Chiqish: 01.01.2027 gacha, 90 kun.";
const CYRILLIC: &str =
    "Въезд 03.10.2026. Учёт до 06.10.2026. Выезд до 01.01.2027: 90 дн. Это справка, не решение.";

fn main() {
    divan::main();
}

fn screen(body: &str, more: Option<&str>) -> Screen {
    let choices = ["SMS eslatma", "Qayerda", "Menga qo'ng'iroq"].into_iter().zip(1..);
    Screen {
        body: body.to_owned(),
        more: more.map(str::to_owned),
        choices: choices
            .map(|(label, digit)| Choice {
                digit: digit.to_string(),
                label: label.to_owned(),
                ..Choice::default()
            })
            .collect(),
        keys: Keys { back: true, home: true, language: true },
        labels: KeyLabels {
            back: "0 <".to_owned(),
            home: "00".to_owned(),
            more: "9 >".to_owned(),
            language: "8 Til".to_owned(),
        },
        ..Screen::default()
    }
}

#[divan::bench]
fn fit_one_page(bencher: Bencher<'_, '_>) {
    let screen = screen(LATIN, None);
    bencher.bench(|| pages::fit(black_box(&screen), budget::USSD));
}

#[divan::bench]
fn fit_four_pages(bencher: Bencher<'_, '_>) {
    let screen = screen(CYRILLIC, Some(CYRILLIC));
    bencher.bench(|| pages::fit(black_box(&screen), budget::USSD));
}

#[divan::bench(args = [LATIN, CYRILLIC])]
fn measure(bencher: Bencher<'_, '_>, text: &str) {
    bencher.bench(|| budget::measure(black_box(text)));
}

#[divan::bench(args = [LATIN, CYRILLIC])]
fn segment_three_parts(bencher: Bencher<'_, '_>, text: &str) {
    let long = text.repeat(if text == LATIN { 5 } else { 2 });
    bencher.bench(|| segment::segment(black_box(&long)));
}

#[divan::bench]
fn gsm7_encode(bencher: Bencher<'_, '_>) {
    bencher.bench(|| gsm7::encode(black_box(LATIN)));
}

#[divan::bench]
fn gsm7_decode(bencher: Bencher<'_, '_>) {
    let septets = gsm7::encode(LATIN).unwrap_or_default();
    bencher.bench(|| gsm7::decode(black_box(&septets)));
}

#[divan::bench]
fn gsm7_pack_ussd(bencher: Bencher<'_, '_>) {
    let septets = gsm7::encode(LATIN).unwrap_or_default();
    bencher.bench(|| gsm7::pack_ussd(black_box(&septets)));
}

#[divan::bench]
fn ucs2_encode(bencher: Bencher<'_, '_>) {
    bencher.bench(|| ucs2::encode(black_box(CYRILLIC)));
}

#[divan::bench(args = [Lang::Ru, Lang::Uz])]
fn latin(bencher: Bencher<'_, '_>, lang: Lang) {
    bencher.bench(|| translit::latin(black_box(lang), CYRILLIC));
}

#[divan::bench(args = ["СТАТУС 1234567890 4821", "status 1234567890 4821", "0310", "ctатус 12", "здравствуйте"])]
fn read_a_letter(bencher: Bencher<'_, '_>, text: &str) {
    let (_sources, loaded) = kopir::app::menus::open(std::path::Path::new("menus"), true).unwrap();
    let index = loaded.bundle.unwrap().0.word_index;
    bencher.bench(|| {
        let heard = word::Heard::of(black_box(text));
        (index.is_urgent(&heard), index.decide(&heard, Some(Lang::Ru)))
    });
}
