//! Texts of all languages as they leave: the reference segmentation, SMS-Latin, pages on a phone.

use kopir::domain::lang::Lang;
use kopir::domain::screen::{Choice, KeyLabels, Keys, Screen};
use kopir::domain::text::budget::{Encoding, USSD, measure};
use kopir::domain::text::{gsm7, pages, report, segment, translit};
use std::collections::BTreeMap;

/// Two sentences a person may get, by language.
const CORPUS: [(Lang, &str, &str); 6] = [
    (
        Lang::Kk,
        "Өтінішіңіз қаралды. Құжатты қалалық бөлімшеден алыңыз, жұмыс уақыты 9-дан 18-ге дейін.",
        "Otinishiniz qaraldy. Qujatty qalalyq bolimsheden alynyz, jumys uaqyty 9-dan 18-ge deiin.",
    ),
    (
        Lang::Ru,
        "Встать на учёт до 06.10.2026. Объясняем: это справка, а не решение; пошлина — 3 932 ₸.",
        "Vstat na uchyot do 06.10.2026. Obyasnyaem: eto spravka, a ne reshenie; poshlina - 3 932 tg.",
    ),
    (
        Lang::Uz,
        "Roʻyxatdan oʻtish muddati 06.10.2026. Maʼlumot «xizmat»dan, toʻlov yoʻq.",
        "Ro'yxatdan o'tish muddati 06.10.2026. Ma'lumot \"xizmat\"dan, to'lov yo'q.",
    ),
    (
        Lang::Ky,
        "Арызыңыз каралып жатат. Жооп үч күндөн кийин келет, күтө туруңуз, щётка жок.",
        "Aryzyngyz karalyp jatat. Joop uch kundon kiyin kelet, kuto turunguz, schyotka jok.",
    ),
    (
        Lang::Tg,
        "Аризаи шумо баррасӣ мешавад. Ҷавоб баъди се рӯз меояд, ҳуҷҷатро нигоҳ доред.",
        "Arizai shumo barrasi meshavad. Javob ba'di se ruz meoyad, hujjatro nigoh dored.",
    ),
    (
        Lang::En,
        "Your application is being looked at. Fee: €5 – pay at the office, not by phone.",
        "Your application is being looked at. Fee: EUR5 - pay at the office, not by phone.",
    ),
];

#[test]
fn every_reference_text_is_cut_as_the_reference_cuts_it() {
    let vectors = [
        include_str!("vectors/text/sms_segments.jsonl"),
        include_str!("vectors/text/sms_segments_ucs2.jsonl"),
    ];
    let mut cases = 0;
    for line in vectors.iter().flat_map(|file| file.lines()) {
        let wanted: serde_json::Value = serde_json::from_str(line).unwrap();
        let text = wanted["text"].as_str().unwrap();
        let found = serde_json::to_value(report(text)).unwrap();
        for key in ["encoding", "segments", "parts"] {
            assert_eq!(found[key], wanted[key], "{key} of {text:?}");
        }
        cases += 1;
    }
    assert_eq!(cases, 720);
}

#[test]
fn the_alphabet_is_the_reference_alphabet_and_nothing_else() {
    let rows = include_str!("vectors/text/gsm7_alphabet.jsonl").lines();
    let wanted: BTreeMap<char, Vec<u8>> = rows
        .map(|row| serde_json::from_str::<serde_json::Value>(row).unwrap())
        .map(|row| {
            let code = u32::try_from(row["code"].as_u64().unwrap()).unwrap();
            (char::from_u32(code).unwrap(), hex::decode(row["octets"].as_str().unwrap()).unwrap())
        })
        .collect();
    assert_eq!(wanted.len(), 137);
    for character in '\0'..=char::MAX {
        let found = gsm7::encode(character.encode_utf8(&mut [0; 4])).ok();
        assert_eq!(found.as_ref(), wanted.get(&character), "{character:?}");
    }
    for (character, octets) in wanted {
        assert_eq!(gsm7::decode(&octets), character.to_string());
    }
}

#[test]
fn sms_latin_reads_as_people_write() {
    for (lang, native, latin) in CORPUS {
        assert_eq!(translit::latin(lang, native), latin, "{lang:?}");
        assert_eq!(measure(latin).encoding, Encoding::Gsm7);
    }
}

#[test]
fn sms_latin_saves_parts_and_never_adds_one() {
    for (lang, native, _) in CORPUS {
        let text = format!("{native} {native}");
        let (native, latin) = (segment::segment(&text), segment::segment(&translit::latin(lang, &text)));
        assert!(
            latin.parts.len() < native.parts.len(),
            "{lang:?} {} {}",
            native.parts.len(),
            latin.parts.len()
        );
    }
}

#[test]
fn a_screen_in_any_language_and_script_stands_on_whole_pages() {
    for (lang, native, latin) in CORPUS {
        for text in [native, latin] {
            let screen = Screen {
                body: text.to_owned(),
                more: Some(text.to_owned()),
                choices: vec![Choice { digit: "1".to_owned(), label: "SMS".to_owned(), ..Choice::default() }],
                keys: Keys { back: true, home: true, language: true },
                labels: KeyLabels {
                    back: "0 <".to_owned(),
                    home: "00 #".to_owned(),
                    more: "9 >".to_owned(),
                    language: "8 KZ/RU".to_owned(),
                },
                ..Screen::default()
            };
            let pages = pages::fit(&screen, USSD);
            assert!(!pages::cuts(&screen, USSD), "{lang:?}");
            assert!(pages.iter().all(|page| USSD.fits(&page.text)), "{lang:?} {pages:?}");
            let shown = pages.iter().flat_map(|page| page.text.split_whitespace());
            let words = text.split_whitespace();
            assert!(
                words.clone().all(|word| shown.clone().filter(|found| *found == word).count() >= 2),
                "{lang:?}"
            );
        }
    }
}
