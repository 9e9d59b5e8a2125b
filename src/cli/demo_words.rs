//! Letters as people mistype them, for the demo's phone page: one a language, each from the phone of somebody who writes it.

use crate::simulator::phone::Example;

/// All of them; the applications are the sample office's. A test holds them to the words of the menus.
pub(super) const MISTYPED: [Example; 6] = [
    Example { msisdn: "998901234567", lang: "uz", text: "XOLAT 1234567890 4821", meant: "HOLAT" },
    Example { msisdn: "77015550123", lang: "kk", text: "KYH 03lO", meant: "КҮН" },
    Example { msisdn: "996555120340", lang: "ky", text: "моонот 0310", meant: "МӨӨНӨТ" },
    Example { msisdn: "992927771122", lang: "tg", text: "muxlat 0310", meant: "МӮҲЛАТ" },
    Example { msisdn: "79165550147", lang: "ru", text: "ctатус 1234567890 4821", meant: "СТАТУС" },
    Example { msisdn: "447700900147", lang: "en", text: "DAYZ 0310", meant: "DAYS" },
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::app::menus;
    use crate::domain::lang::Lang;
    use crate::domain::word::matching::{How, Outcome, matching};

    #[test]
    fn each_is_mistyped_and_understood_in_all_six_languages() {
        let (_, loaded) = menus::open("menus".as_ref(), true).unwrap();
        let index = loaded.bundle.unwrap().0.word_index;
        let mut langs = Vec::new();
        for example in &MISTYPED {
            let lang = Lang::from_tag(example.lang).unwrap();
            // Before a language is known, and after.
            for known in [None, Some(lang)] {
                let (Outcome::Action(found) | Outcome::Prompt(found)) = matching(&index, example.text, known)
                else {
                    panic!("{example:?} is not understood by {known:?}");
                };
                assert!(found.how != How::Exact, "{example:?} is typed well");
                assert_eq!(found.args.len(), example.text.split(' ').count() - 1, "{example:?}");
                let expected = if example.text.ends_with("4821") { "status" } else { "days" };
                assert_eq!(found.meaning, expected, "{example:?}");
            }
            langs.push(lang);
        }
        langs.sort();
        langs.dedup();
        assert_eq!(langs.len(), Lang::ALL.len());
    }
}
