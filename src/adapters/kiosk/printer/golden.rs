//! One sheet a language, held to the dots it had when somebody last looked at it. `KOPIR_BLESS=1` takes what is drawn now.

use super::layout::{Stationery, draw};
use super::letters::Letters;
use super::words::Words;
use crate::adapters::kiosk::paper::Sheet;
use crate::domain::lang::Lang;
use crate::domain::time::Timestamp;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

/// An answer as people get it, with the longest words of each language.
pub(super) fn sheet(lang: Lang) -> Sheet {
    let (title, lines): (&str, [&str; 3]) = match lang {
        Lang::Kk => (
            "*4821: Құжаттар тексерілуде",
            ["25.11.2026 күнгі жағдай", "Әрі қарай: ХҚКО-ға сұхбатқа келіңіз", "Шығу мерзімі: 01.01.2027"],
        ),
        Lang::Ru => (
            "*4821: Проверяют документы",
            ["на 25.11.2026", "Дальше: придите на собеседование в ЦОН", "Выезд до 01.01.2027"],
        ),
        Lang::Uz => (
            "*4821: Hujjatlar tekshirilmoqda",
            ["25.11.2026 holati", "Keyingi qadam: XKKMga suhbatga keling", "Chiqish: 01.01.2027 gacha"],
        ),
        Lang::Ky => (
            "*4821: Документ текшерилүүдө",
            ["25.11.2026 абалы", "Кийинки кадам: ТЭКБга маекке келиңиз", "Чыгуу мөөнөтү: 01.01.2027"],
        ),
        Lang::Tg => (
            "*4821: Ҳуҷҷатҳо дар санҷиш",
            ["аз 25.11.2026", "Қадами баъдӣ: ба ЦОН барои сӯҳбат биёед", "Баромадан то 01.01.2027"],
        ),
        Lang::En => (
            "*4821: Papers are being checked",
            ["as of 25.11.2026", "Next: come to the centre for an interview", "Leave by 01.01.2027"],
        ),
    };
    Sheet {
        lang,
        title: title.to_owned(),
        lines: lines.map(str::to_owned).to_vec(),
        at: Timestamp(1_795_605_900_000),
        centre: "ЦТМ Алматы".to_owned(),
    }
}

#[test]
fn a_sheet_of_each_language_has_the_dots_that_were_looked_at() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let file = root.join("tests/vectors/paper.toml");
    let pictures = root.join("target/paper");
    let known: BTreeMap<String, String> =
        std::fs::read_to_string(&file).map(|text| toml::from_str(&text).unwrap()).unwrap_or_default();
    let (letters, words) = (Letters::new().unwrap(), Words::new().unwrap());
    let (mut drawn, mut different) = (BTreeMap::new(), Vec::new());
    for lang in Lang::ALL {
        for width in [576, 384] {
            let on = Stationery { width, code: "*100#".to_owned(), sample: width == 576 };
            let raster = draw(&sheet(lang), &on, &letters, &words);
            let name = format!("{}-{width}", lang.tag());
            let hash = hex::encode(Sha256::digest(raster.bits()));
            if known.get(&name) != Some(&hash) {
                std::fs::create_dir_all(&pictures).unwrap();
                std::fs::write(pictures.join(format!("{name}.bmp")), raster.bmp()).unwrap();
                different.push(name.clone());
            }
            drawn.insert(name, hash);
        }
    }
    if std::env::var_os("KOPIR_BLESS").is_some() {
        let head = "# Hashes of the dots of one sheet a language and width: KOPIR_BLESS=1 cargo test golden, after a look at target/paper.\n";
        return std::fs::write(&file, head.to_owned() + &toml::to_string(&drawn).unwrap()).unwrap();
    }
    assert!(different.is_empty(), "look at target/paper/*.bmp of {different:?}; KOPIR_BLESS=1 takes them");
}

#[test]
fn nothing_of_a_number_is_drawn_and_the_longest_sheet_has_an_end() {
    let (letters, words) = (Letters::new().unwrap(), Words::new().unwrap());
    let on = Stationery { width: 576, code: "*100#".to_owned(), sample: false };
    let with = sheet(Lang::En);
    let without = Sheet { title: "Papers are being checked".to_owned(), ..with.clone() };
    assert_eq!(draw(&with, &on, &letters, &words), draw(&without, &on, &letters, &words));
    let long = Sheet { lines: vec!["жәңғы ".repeat(10_000); 10_000], ..with };
    let raster = draw(&long, &on, &letters, &words);
    assert!(raster.rows() <= super::raster::ROWS_MAX);
    let foot = &raster.bits()[(raster.rows() - 120) * raster.stride()..];
    assert!(foot.iter().any(|octet| *octet != 0), "the code to dial stands below the longest answer");
}
