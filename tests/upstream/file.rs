//! Files dropped into a folder: taken over whole or not at all, gone on with after a crash, and never quoted in a report.

use crate::support::{Scratch, call, to};
use kopir::adapters::upstream::file::import::{Dropped, ImportError};
use kopir::adapters::upstream::file::report::Report;
use kopir::adapters::upstream::file::{FileOffice, Looked};
use kopir::adapters::upstream::settings::FileSettings;
use kopir::adapters::upstream::vault::Vault;
use kopir::domain::value::Value;
use kopir::ports::{Upstream, UpstreamError};
use kopir::tasks::Tasks;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

const MAPPING: &str = include_str!("../vectors/upstream/applications.mapping.yaml");
const GOOD: &str = "Номер заявки;ФИО;Документ;Дата;Статус\n\
    KZ-1234567890;Асанова;N10214821;03.10.2026;на комиссии\n\
    1111111111;\"Ким; А.\";AB 5556666;04.10.2026;Одобрено\n";

struct Drop {
    scratch: Scratch,
    mapping: PathBuf,
}

impl Drop {
    fn new(name: &str) -> Self {
        Self::mapped(name, MAPPING)
    }

    fn mapped(name: &str, mapping_text: &str) -> Self {
        let scratch = Scratch::new(name);
        let mapping = scratch.path().join("mapping.yaml");
        std::fs::write(&mapping, mapping_text).unwrap();
        Self { scratch, mapping }
    }

    fn open(&self) -> Arc<FileOffice> {
        self.open_with(&[5; 32])
    }

    fn open_with(&self, secret: &[u8; 32]) -> Arc<FileOffice> {
        let settings = FileSettings::of(self.scratch.path().to_path_buf(), self.mapping.clone());
        FileOffice::open(&settings, Vault::new(secret, "file")).unwrap()
    }

    fn put(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.scratch.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    fn age(path: &Path, secs: u64) {
        let file = std::fs::File::options().write(true).open(path).unwrap();
        file.set_modified(std::time::UNIX_EPOCH + Duration::from_secs(secs)).unwrap();
    }
}

fn settle(office: &FileOffice) -> Dropped {
    let looked = office.look(None, &|| false).unwrap();
    let Looked::Unsettled(dropped) = looked else { panic!("{looked:?}") };
    dropped
}

fn import(office: &FileOffice) -> Report {
    let seen = settle(office);
    let looked = office.look(Some(&seen), &|| false).unwrap();
    let Looked::Read(report) = looked else { panic!("{looked:?}") };
    *report
}

async fn outcome(office: &FileOffice, number: &str, last4: &str) -> String {
    office.call(&call(number, last4), &to()).await.unwrap().outcome
}

#[tokio::test]
async fn a_dropped_file_answers_by_number_and_document_together() {
    let folder = Drop::new("answers");
    let office = folder.open();
    assert!(matches!(office.call(&call("1234567890", "4821"), &to()).await, Err(UpstreamError::Away(_))));
    assert_eq!(office.look(None, &|| false).unwrap(), Looked::Same);
    folder.put("applications-1.csv", GOOD.as_bytes());
    let report = import(&office);
    assert_eq!((report.taken, report.rows, report.bad), (true, 2, 0));
    let answer = office.call(&call("1234567890", "4821"), &to()).await.unwrap();
    assert_eq!(answer.outcome, "found");
    assert_eq!(answer.values["state"], Value::Word("commission".to_owned()));
    assert_eq!(answer.values["next"], Value::Word("ask".to_owned()));
    assert_eq!(answer.values["as_of"], Value::Date(jiff::civil::date(2026, 10, 3)));
    let wrong = office.call(&call("1234567890", "6666"), &to()).await.unwrap();
    assert_eq!(wrong, office.call(&call("9999999999", "4821"), &to()).await.unwrap());
    assert_eq!(wrong.outcome, "unknown");
    assert_eq!(office.look(None, &|| false).unwrap(), Looked::Same);
    assert_eq!(outcome(&folder.open(), "1111111111", "6666").await, "found");
}

#[tokio::test]
async fn the_index_says_nothing_in_clear_and_nothing_under_another_secret() {
    let folder = Drop::new("sealed");
    folder.put("applications-1.csv", GOOD.as_bytes());
    import(&folder.open());
    for entry in std::fs::read_dir(folder.scratch.path().join(".kopir")).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        for clear in ["1234567890", "4821", "commission"] {
            assert!(!bytes.windows(clear.len()).any(|part| part == clear.as_bytes()), "{clear}");
        }
    }
    let other = folder.open_with(&[6; 32]);
    assert!(other.call(&call("1234567890", "4821"), &to()).await.is_err(), "not even \"unknown\"");
    assert!(import(&other).taken);
    assert_eq!(outcome(&other, "1234567890", "4821").await, "found");
}

#[tokio::test]
async fn a_bad_file_is_refused_with_a_report_and_the_one_before_still_answers() {
    let folder = Drop::new("refused");
    let office = folder.open();
    Drop::age(&folder.put("applications-1.csv", GOOD.as_bytes()), 1_000_000);
    import(&office);
    let cases: [(&str, String, &str); 5] = [
        ("applications-2.csv", "Номер;Документ;Дата;Статус\n1;2;3;4\n".to_owned(), "column"),
        ("applications-3.csv", "Номер заявки;Документ;Дата;Статус\n".to_owned(), "no rows"),
        ("applications-4.csv", "Номер заявки;Документ;Дата;Статус\nx;1;2;3\n".to_owned(), "20 %"),
        ("applications-5.csv", String::new(), "column"),
        ("applications-6.csv", format!("{GOOD}\"{}", "a;b\n".repeat(600_000)), "1 MiB"),
    ];
    for (at, (name, text, said)) in (2_000_000..).zip(&cases) {
        Drop::age(&folder.put(name, text.as_bytes()), at);
        let report = import(&office);
        assert!(!report.taken && report.refused.as_ref().unwrap().contains(said), "{report:?}");
        assert_eq!(outcome(&office, "1234567890", "4821").await, "found");
        assert_eq!(office.look(None, &|| false).unwrap(), Looked::Same, "a refused file is not read again");
    }
}

#[tokio::test]
async fn bad_rows_are_reported_by_place_and_shape_never_by_what_they_say() {
    let folder = Drop::new("report");
    let mut text = "Номер заявки;Документ;Дата;Статус\n".to_owned();
    for n in 0..40 {
        writeln!(text, "{};N1021{:04};03.10.2026;одобрено", 2_000_000_000_u64 + n, n).unwrap();
    }
    text.push_str(
        "1234567890;XY;03.10.2026;одобрено\n7777777777;N10214821;31.31.2026;одобрено\n8888888888;N10214821\n",
    );
    text.push_str("5555555555;N10214821;03.10.2026;=cmd|'/c calc'!A1\n");
    let path = folder.put("applications-1.csv", text.as_bytes());
    let report = import(&folder.open());
    assert_eq!((report.taken, report.rows, report.bad), (true, 44, 4));
    let bad: Vec<_> =
        report.bad_rows.iter().map(|bad| (bad.row, bad.column.as_str(), bad.found.as_str())).collect();
    assert_eq!(
        bad,
        [
            (42, "Документ", "aa"),
            (43, "Дата", "99.99.9999"),
            (44, "Дата", ""),
            (45, "Статус", "=aaa|'/a aaaa'!a9"),
        ]
    );
    let written = std::fs::read_to_string(Report::path(&path)).unwrap();
    assert!(!written.contains("1234567890") && !written.contains("10214821") && !written.contains("calc"));
}

#[tokio::test]
async fn the_newest_file_counts_and_the_one_before_is_kept() {
    let folder = Drop::new("newest");
    let office = folder.open();
    for (n, state) in [(1, "зарегистрировано"), (2, "на комиссии"), (3, "одобрено")]
    {
        let text = format!("Номер заявки;Документ;Дата;Статус\n1234567890;N10214821;0{n}.10.2026;{state}\n");
        Drop::age(&folder.put(&format!("applications-{n}.csv"), text.as_bytes()), 1_000_000 + n);
        assert!(import(&office).taken);
    }
    let answer = office.call(&call("1234567890", "4821"), &to()).await.unwrap();
    assert_eq!(answer.values["state"], Value::Word("approved".to_owned()));
    let indices = std::fs::read_dir(folder.scratch.path().join(".kopir")).unwrap();
    let names: Vec<_> = indices.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(names.iter().filter(|name| name.ends_with(".redb")).count(), 2, "{names:?}");
}

#[tokio::test]
async fn a_file_that_still_grows_is_left_alone() {
    let folder = Drop::new("grows");
    let office = folder.open();
    folder.put("applications-1.csv.part", GOOD.as_bytes());
    assert_eq!(office.look(None, &|| false).unwrap(), Looked::Same);
    let path = folder.put("applications-1.csv", GOOD.as_bytes());
    let seen = settle(&office);
    std::fs::write(&path, format!("{GOOD}3333333333;N1;").as_bytes()).unwrap();
    let Looked::Unsettled(grown) = office.look(Some(&seen), &|| false).unwrap() else {
        panic!("it was read half written")
    };
    assert!(grown.size > seen.size);
}

#[tokio::test]
async fn an_import_cut_off_goes_on_where_it_was_and_repeats_nothing() {
    let folder = Drop::new("resumes");
    let mut text = "Номер заявки;Документ;Дата;Статус\n".to_owned();
    for n in 0..120_000_u64 {
        writeln!(text, "{};N1021{:04};03.10.2026;\"одобрено\"", 2_000_000_000 + n, n % 10_000).unwrap();
    }
    text.push_str("2000000007;N10210007;02.10.2026;отказ\n2000000008;N10210008;04.10.2026;отказ\n");
    folder.put("applications-1.csv", text.as_bytes());
    for _ in 0..2 {
        let office = folder.open();
        let seen = settle(&office);
        assert!(matches!(office.look(Some(&seen), &|| true), Err(ImportError::Stopped)));
    }
    let office = folder.open();
    let report = import(&office);
    assert_eq!((report.rows, report.bad, report.repeated), (120_002, 0, 2));
    for (number, last4) in
        [("2000000000", "0000"), ("2000049999", "9999"), ("2000050000", "0000"), ("2000119999", "9999")]
    {
        assert_eq!(outcome(&office, number, last4).await, "found", "{number}");
    }
    let state =
        async |number, last4| office.call(&call(number, last4), &to()).await.unwrap().values["state"].clone();
    assert_eq!(
        state("2000000007", "0007").await,
        Value::Word("approved".to_owned()),
        "the later date counts"
    );
    assert_eq!(state("2000000008", "0008").await, Value::Word("refused".to_owned()));
}

#[tokio::test]
async fn windows_1251_and_ndjson_are_read_too() {
    let folder = Drop::mapped("cp1251", &MAPPING.replace("utf-8", "windows-1251"));
    let office = folder.open();
    let bytes: Vec<u8> = GOOD.chars().map(cp1251).collect();
    folder.put("applications-1.csv", &bytes);
    assert!(import(&office).taken);
    assert_eq!(outcome(&office, "1234567890", "4821").await, "found");

    let folder = Drop::mapped(
        "ndjson",
        &MAPPING
            .replace("format: csv", "format: ndjson")
            .replace("modified", "{name: \"applications-%Y%m%d.csv\"}"),
    );
    let office = folder.open();
    let lines = "{\"Номер заявки\":1234567890,\"Документ\":\"N10214821\",\"Дата\":\"03.10.2026\",\"Статус\":\"одобрено\"}\n\n\
        {\"Номер заявки\":\"1111111111\",\"Документ\":\"4\\u0000444\",\"Дата\":\"03.10.2026\",\"Статус\":\"отказ\"}\n";
    folder.put("applications-20261003.csv", lines.as_bytes());
    assert_eq!(import(&office).rows, 2);
    assert_eq!(outcome(&office, "1234567890", "4821").await, "found");
    assert_eq!(outcome(&office, "1111111111", "4444").await, "found");
}

fn cp1251(c: char) -> u8 {
    match c {
        'А'..='я' => 0xC0 + u8::try_from(u32::from(c) - 0x410).unwrap(),
        _ => u8::try_from(u32::from(c)).unwrap(),
    }
}

#[tokio::test]
async fn the_watch_takes_a_file_over_by_itself() {
    let folder = Drop::new("watch");
    let mut settings = FileSettings::of(folder.scratch.path().to_path_buf(), folder.mapping.clone());
    settings.poll_secs = 1;
    let office = FileOffice::open(&settings, Vault::new(&[5; 32], "file")).unwrap();
    let tasks = Tasks::new();
    folder.put("applications-1.csv", GOOD.as_bytes());
    office.watch(&tasks);
    let taken = async {
        while !office.healthy().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), taken).await.unwrap();
    assert_eq!(outcome(&office, "1234567890", "4821").await, "found");
    tasks.stop();
    assert!(tasks.drained(Duration::from_secs(5)).await);
}

#[test]
#[ignore = "long: a million rows, run by hand or in the long tests, alone in its process"]
fn a_million_rows_are_taken_over_in_bounded_memory() {
    use std::io::Write as _;
    let folder = Drop::new("million");
    let path = folder.scratch.path().join("applications-1.csv");
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    writeln!(file, "Номер заявки;Документ;Дата;Статус").unwrap();
    for n in 0..1_000_000_u64 {
        writeln!(file, "{};N1021{:04};03.10.2026;одобрено", 2_000_000_000 + n, n % 10_000).unwrap();
    }
    drop(file);
    let office = folder.open();
    let began = kopir::clock::instant();
    let report = import(&office);
    let took = began.elapsed();
    assert_eq!((report.taken, report.rows, report.bad), (true, 1_000_000, 0));
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap().trim();
    println!("1,000,000 rows in {took:?}, peak {peak}");
    let kib: u64 = peak.split(' ').next().unwrap().parse().unwrap();
    assert!(kib < 256 * 1024, "{kib} KiB");
}
