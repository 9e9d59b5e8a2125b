//! Every problem by its code: what it is called, why it matters, what it looks like and how it is cured.

use super::problem::Severity;

/// One kind of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Code {
    /// `K001` …; never used for another meaning.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What it is, in a few words.
    pub title: &'static str,
    /// Why it matters.
    pub why: &'static str,
    /// What it looks like.
    pub bad: &'static str,
    /// How it is cured.
    pub cure: &'static str,
}

/// The code's page, if there is such a code (upper or lower case).
#[must_use]
pub fn explain(code: &str) -> Option<&'static Code> {
    CODES.iter().find(|known| known.code.eq_ignore_ascii_case(code))
}

/// The severity of a code; an unknown one is an error.
pub(crate) fn severity(code: &str) -> Severity {
    explain(code).map_or(Severity::Error, |code| code.severity)
}

const fn error(
    code: &'static str,
    title: &'static str,
    why: &'static str,
    bad: &'static str,
    cure: &'static str,
) -> Code {
    Code { code, severity: Severity::Error, title, why, bad, cure }
}

const fn warning(
    code: &'static str,
    title: &'static str,
    why: &'static str,
    bad: &'static str,
    cure: &'static str,
) -> Code {
    Code { code, severity: Severity::Warning, title, why, bad, cure }
}

/// All codes in order.
pub const CODES: &[Code] = &[
    error(
        "K001",
        "a line cannot be read",
        "The file is read line by line by its blanks and colons; where they do not agree, nothing after that line is sure.",
        "steps:\n  a:\n say: x",
        "Look at the blanks before the line and the line above it. Texts stand after | on their own lines.",
    ),
    error(
        "K002",
        "a tab at the beginning of a line",
        "Tabs look like blanks and count differently on every screen.",
        "steps:\n\ta:",
        "Use two blanks for each step inwards.",
    ),
    error(
        "K003",
        "a file is too large or too deeply nested",
        "Bounds keep a mistake from stopping the gateway.",
        "a file of 300 KB",
        "Split it into several menus.",
    ),
    error(
        "K004",
        "a word begins with * & or !",
        "To YAML these signs mean \"the same as above\" or a type: one text is read, another is changed.",
        "say: &greeting Hello",
        "Write the text itself, after | and on its own line.",
    ),
    error(
        "K005",
        "the same name twice",
        "Only one of the two would be used, and nobody knows which.",
        "needs: phone\nneeds: pin",
        "Keep one of the two.",
    ),
    error(
        "K006",
        "a file that means nothing",
        "A misspelt file name would silently leave its texts out.",
        "days-left/uzb.yaml",
        "Rename it to menu.yaml or kk ru uz ky tg en.yaml, or remove it.",
    ),
    error(
        "K007",
        "a text on the line that holds a sign of YAML's",
        "# cuts the text, a colon with a blank, braces, stars and quotes break it.",
        "say: Наберите #1 сейчас",
        "Put | after the colon and the text on the next line, two blanks further in.",
    ),
    error(
        "K008",
        "no blank after a colon",
        "Without it the line is one word and no key.",
        "say:Добрый день",
        "Put a blank after the colon.",
    ),
    error(
        "K009",
        "what a person reads stands in braces or brackets",
        "Braces and brackets are for names, words and numbers; a comma or colon in a text breaks them.",
        "options: {yes: Да, no: Нет}",
        "Write each text on a line of its own, two blanks further in.",
    ),
    error(
        "K010",
        "an unknown key",
        "A misspelt key would be left out silently.",
        "picure: passport",
        "Write the key that is proposed.",
    ),
    error(
        "K011",
        "something is missing",
        "Without it the gateway would have to guess.",
        "a menu without needs:",
        "Add the line.",
    ),
    error(
        "K012",
        "something of another form is expected",
        "A list, a word or lines of names stand where another of them belongs.",
        "steps: none",
        "Write it as the message says.",
    ),
    error(
        "K013",
        "a name that cannot be used",
        "Names stand in dialled codes, logs and file names on every system.",
        "steps:\n  Первый:",
        "Use small Latin letters, digits and - (in values _), beginning with a letter.",
    ),
    error(
        "K014",
        "a word that is not among those possible",
        "Only a few words make sense here.",
        "needs: passport",
        "Write one of the words that are named.",
    ),
    error(
        "K015",
        "a file calls itself otherwise than it is named",
        "A copied file would speak the wrong language or shadow another menu.",
        "language: uz  in kk.yaml",
        "Make the two agree.",
    ),
    error(
        "K016",
        "a file is missing",
        "Every folder needs its flow, the whole needs its root and phrases.",
        "a folder without menu.yaml",
        "Write the file.",
    ),
    error(
        "K017",
        "an empty text",
        "A person would see an empty screen.",
        "say:",
        "Put | after it and the text on the next line.",
    ),
    error(
        "K020",
        "a step without its verb in front",
        "Read aloud, a step begins with what it does.",
        "hello:\n  next: bye",
        "Begin it with say: choose: ask: list: call: confirm: or end:.",
    ),
    error(
        "K021",
        "a step with two verbs",
        "A step does one thing.",
        "say: |\n  …\nask: |\n  …",
        "Make two steps and lead from one to the other with next:.",
    ),
    error(
        "K022",
        "a key that does not go with the verb",
        "It would do nothing here, and look as if it did.",
        "end: |\n  …\nnext: home",
        "Remove it, or take another verb.",
    ),
    error(
        "K023",
        "an unknown step",
        "The dialogue would stop here.",
        "next: contry",
        "Write the step that is proposed.",
    ),
    error(
        "K024",
        "an unknown menu",
        "The dialogue would stop here.",
        "next: menu/centers",
        "Write the menu that is proposed.",
    ),
    error(
        "K025",
        "next: names an option that is not there",
        "The line would never be used.",
        "next: {remnid: save}",
        "Write the option that is proposed.",
    ),
    error(
        "K026",
        "an option leads nowhere",
        "Whoever chooses it would get no answer.",
        "options: yes, no; next: {yes: a}",
        "Add it to next:, or else: for all others.",
    ),
    warning(
        "K027",
        "a step that nobody reaches",
        "It costs translation and is never shown.",
        "a step no next: names",
        "Lead to it, or remove it.",
    ),
    error(
        "K028",
        "a loop without a way out",
        "People would walk in a circle until the money is gone.",
        "a: next: b, b: next: a",
        "Let one of the ways lead to an end:, home or another menu.",
    ),
    error(
        "K029",
        "calls in a ring",
        "The gateway would call services without ever showing a screen.",
        "look: ok: look",
        "Put a say: with a choice between the calls.",
    ),
    error(
        "K030",
        "an unknown service",
        "Nobody would answer the call.",
        "call: stay.cuont",
        "Write the service that is proposed.",
    ),
    error(
        "K031",
        "an outcome is missing",
        "A forgotten one (slow, down) is a blank screen at night.",
        "outcomes: {ok: saved}",
        "List every outcome of the service.",
    ),
    error(
        "K032",
        "an unknown outcome",
        "The service never answers so; the line would never be used.",
        "outcomes: {okay: saved}",
        "Write the outcome that is proposed.",
    ),
    error(
        "K033",
        "a call is given too little or too much",
        "The service would answer with an error.",
        "give: [number]",
        "Give exactly what the service takes.",
    ),
    error(
        "K034",
        "more than seven choices",
        "8 and 9 are keys of the gateway, and nobody reads so long a screen.",
        "eight lines under options:",
        "Split the question in two.",
    ),
    error(
        "K035",
        "an option its value cannot hold",
        "The answer could not be kept.",
        "keep: country with the option de",
        "Add it to the value's choice, or remove the option.",
    ),
    warning(
        "K036",
        "more than four choices deep",
        "Each level costs people: sessions drop, money runs.",
        "a fifth choose: in a row",
        "Ask less, or split the menu.",
    ),
    error(
        "K037",
        "a key of the gateway in a menu",
        "0 00 8 9 mean back, home, language and more on every screen; the gateway writes them itself.",
        "say: |\n  0 Назад",
        "Remove it. Options have names; their digit is their place.",
    ),
    error(
        "K038",
        "a step leads nowhere",
        "The dialogue would hang. The last word of a dialogue is end:.",
        "say: without next:",
        "Add next:, or make it end:.",
    ),
    error(
        "K039",
        "a value of the wrong kind",
        "A date cannot be chosen from a list, a choice cannot be typed.",
        "ask: keep: country (a choice)",
        "Declare the value as the step needs it, or take another verb.",
    ),
    error(
        "K040",
        "a faulty declaration of a value",
        "Without its longest form nobody knows whether a screen fits.",
        "days: {number: many}",
        "Write it as {number: 0..90}, {date: past}, {choice: [a, b]} …",
    ),
    error(
        "K041",
        "an undeclared value",
        "The gateway would say an empty place.",
        "say: |\n  {dayz}",
        "Write the value that is proposed, or declare it under values:.",
    ),
    warning(
        "K042",
        "a value that nothing mentions",
        "It is left over, or a text has lost it.",
        "a value no text or step names",
        "Remove it, or mention it.",
    ),
    warning(
        "K043",
        "a value that nothing sets",
        "The line that mentions it would never be shown.",
        "{days} without a call that answers days",
        "Keep it in a step, or call a service that answers it.",
    ),
    error(
        "K044",
        "an unknown vocabulary",
        "The words would be missing.",
        "words-from: reference/stats.yaml",
        "Write the file that is proposed.",
    ),
    error(
        "K045",
        "a word of a vocabulary is too long",
        "Screens were measured with the declared length.",
        "longest: 10 for a word of 14",
        "Shorten the word, or raise longest:.",
    ),
    error(
        "K046",
        "an unknown hotline",
        "There would be no number to say.",
        "hotline: polise",
        "Write the hotline that is proposed.",
    ),
    error(
        "K050",
        "a text is missing in a language",
        "A person would see a language he does not read, or nothing.",
        "uz.yaml without answer: say:",
        "Add the text.",
    ),
    error(
        "K051",
        "a text that menu.yaml does not have",
        "It would never be shown; mostly a misspelt name.",
        "uz.yaml with anwser: say:",
        "Write the name that is proposed, or remove the text.",
    ),
    error(
        "K052",
        "a menu without a language, or with one twice",
        "Every offered language has every menu, in one file.",
        "no days-left/tg.yaml",
        "Write the file, or remove the copy.",
    ),
    error(
        "K053",
        "a brace without its pair",
        "A value stands in a pair of braces; nothing else does.",
        "say: |\n  {days дней",
        "Close the brace, or remove it.",
    ),
    error(
        "K054",
        "two languages mention different values",
        "One of them leaves out a date or a number.",
        "ru says {days}, uz does not",
        "Mention the same values in both.",
    ),
    error(
        "K055",
        "plural forms that the language does not have, or lacks",
        "A number would be said wrongly, or not at all.",
        "ru: one, many without few",
        "Write exactly the forms that are named.",
    ),
    warning(
        "K056",
        "options in another order than in menu.yaml",
        "The digit comes from menu.yaml; a reviewer would read another screen than people see.",
        "uz.yaml: no before yes",
        "Keep the order of menu.yaml.",
    ),
    warning(
        "K057",
        "a text is the same in two languages",
        "It was copied and not translated.",
        "kk.yaml with a Russian text",
        "Translate it.",
    ),
    error(
        "K058",
        "a letter made of two characters",
        "It looks the same and costs twice, and words with it are not found.",
        "й as и and a mark",
        "Type the letter anew.",
    ),
    error(
        "K059",
        "an invisible character",
        "Phones show a box, and it may turn the whole text into the dear encoding.",
        "a no-break space",
        "Delete it and type a blank.",
    ),
    error(
        "K060",
        "a word that mixes Latin and Cyrillic letters",
        "It looks right, costs twice and is not understood when typed.",
        "cтатус with a Latin c",
        "Type the word anew in one alphabet.",
    ),
    error(
        "K061",
        "a link",
        "A link in an SMS is what swindlers send; a keypad phone cannot open it.",
        "egov.kz/x",
        "Say what to dial.",
    ),
    error(
        "K062",
        "a question for a secret",
        "Whoever asks for a code, PIN or password over a phone is a swindler; people must be able to rely on that.",
        "ask: |\n  Ваш PIN?",
        "Never ask for it.",
    ),
    error(
        "K063",
        "a sign that SMS-Latin does not have",
        "One such sign doubles the cost or is shown otherwise on old phones.",
        "say.latin: |\n  Ertéŋ",
        "Use plain Latin letters, digits and common signs.",
    ),
    error(
        "K064",
        "a line or choice that fits no screen",
        "It would be cut in the middle.",
        "an option of 90 Cyrillic letters",
        "Shorten it: 160 Latin letters, 70 others, its digit and the keys counted in.",
    ),
    error(
        "K065",
        "a screen of more than three pages",
        "People do not turn a fourth.",
        "a say: of 250 Cyrillic letters",
        "Put less on it, or the rest under more:.",
    ),
    warning(
        "K066",
        "a screen of two or three pages",
        "Many read the first alone.",
        "a say: of 80 Cyrillic letters",
        "Shorten it; dates and numbers first.",
    ),
    warning(
        "K067",
        "a screen that is nearly full",
        "A longer name or date makes a second page of it.",
        "66 of 70 units",
        "Leave a tenth free.",
    ),
    error(
        "K068",
        "a letter of more than three parts",
        "Each part is paid for, and parts get lost.",
        "a say: of 210 Cyrillic letters",
        "Shorten it.",
    ),
    error(
        "K070",
        "a phrase of the gateway is missing",
        "The gateway could not apologise, say stop or go back in that language.",
        "phrases/ru.yaml without sorry:",
        "Add the line.",
    ),
    error(
        "K071",
        "no SMS word",
        "A word is found by its letters alone.",
        "words: [МОИ ДНИ]",
        "One word of 2 to 20 letters, without blanks and signs.",
    ),
    error(
        "K072",
        "two words that read alike open different things",
        "Whoever sends one may get the other, in the other script too.",
        "ДНИ and DNI of two menus",
        "Choose another word for one of the two.",
    ),
    error(
        "K073",
        "no dial code",
        "Only digits are dialled between the stars.",
        "dial: *150*21#",
        "Write the digits alone: dial: 21.",
    ),
    error(
        "K074",
        "dial codes that begin alike",
        "After *100*2 nobody knows whether 1 follows.",
        "dial: 2 and dial: 21",
        "Choose a code that begins otherwise.",
    ),
    error(
        "K075",
        "the first screen lists a menu twice, or more than six",
        "It must fit one page of a small screen.",
        "seven names under menus:",
        "List six at most; others are reached by code, word or from a menu.",
    ),
    warning(
        "K076",
        "a menu without a door",
        "Nobody can reach it.",
        "a folder that nothing names",
        "List it in root.yaml, give it dial: or words:, or lead to it.",
    ),
    warning(
        "K077",
        "no way to a human",
        "Some questions no menu answers.",
        "no value {hotline: …} anywhere",
        "Say a number that a person answers.",
    ),
    error(
        "K078",
        "a language that is not offered",
        "Without its phrases the gateway cannot speak it.",
        "days-left/tg.yaml without phrases/tg.yaml",
        "Write its phrases first, or remove the file.",
    ),
    error(
        "K079",
        "a word of the gateway is missing",
        "Everybody must be able to say stop, start, help and SOS in his language.",
        "words: without stop:",
        "Add the line.",
    ),
    error(
        "K080",
        "no date",
        "Rules and checks are dated, or they are not used.",
        "valid-from: 1.10.2026",
        "Write it as 2026-10-01.",
    ),
    error(
        "K081",
        "no number",
        "A number is said or counted with as it stands.",
        "valid-days: long",
        "Write digits.",
    ),
    warning(
        "K082",
        "a rule has ended",
        "It is shown no longer, and nothing is said in its place.",
        "valid-to: 2025-12-31",
        "Write the rule that follows it, with its source.",
    ),
    warning(
        "K083",
        "a hotline that nobody has called lately",
        "A dead number harms whoever needs it, so it is not shown.",
        "last-verified: two years ago",
        "Call it, then write the day.",
    ),
    warning(
        "K084",
        "a language is not shown",
        "Not every text of it has been signed by a native reader.",
        "tg without sign-offs",
        "Let a native reader read and sign the texts.",
    ),
    error(
        "K085",
        "no language may be shown",
        "Nothing has been signed off.",
        "an empty signed.csv",
        "Sign a language, or allow unreviewed content for a demo.",
    ),
    error(
        "K086",
        "a row of signed.csv that is no sign-off",
        "The file is written by the program; an edit by hand broke it.",
        "a row of four cells",
        "Undo the edit, or remove the row and sign again.",
    ),
    warning(
        "K087",
        "a text has changed since it was signed",
        "Nobody has read what it says now.",
        "one word changed",
        "Let it be read and signed again.",
    ),
    warning(
        "K088",
        "a sign-off of a text that is gone",
        "It signs nothing.",
        "a step was renamed",
        "Remove the row.",
    ),
    warning(
        "K089",
        "nobody has checked the facts for a year",
        "Rules and places change.",
        "reviewed: 2024-01-01",
        "Read the file, correct it, write today's date.",
    ),
    error(
        "K090",
        "two rules hold at once",
        "Nobody knows which one counts.",
        "two rules for uz without valid-to",
        "Give the older one valid-to: the day before the newer begins.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_stand_in_order_and_once() {
        assert!(CODES.is_sorted_by(|a, b| a.code < b.code));
        assert!(CODES.iter().all(|code| !code.why.is_empty() && !code.cure.is_empty()));
    }

    #[test]
    fn a_code_is_found_however_it_is_typed() {
        assert_eq!(explain("k007").map(|code| code.code), Some("K007"));
        assert_eq!(explain("K999"), None);
    }
}
