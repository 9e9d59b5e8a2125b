//! The gateway, as its binary, against what is not ours: an SMSC of the npm package `smpp`, driven by scenario files, and Kannel.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "a test may end, measures the time of other processes, and shows what they said"
)]

use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

#[path = "interop/kannel.rs"]
mod kannel;
#[path = "interop/production.rs"]
mod production;
#[path = "support/redis_server.rs"]
#[expect(dead_code, reason = "only the stores' own tests look into its folder")]
mod redis_server;

const HERE: &str = env!("CARGO_MANIFEST_DIR");
/// A gateway stops within 20 s; a process that does not is a fault of its own.
const STOP_MAX: Duration = Duration::from_secs(25);

/// A folder and processes that end with the test.
struct Rig {
    folder: PathBuf,
    smsc: Child,
    gateway: Option<Child>,
}

impl Drop for Rig {
    fn drop(&mut self) {
        for child in self.gateway.iter_mut().chain([&mut self.smsc]) {
            child.kill().ok();
            child.wait().ok();
        }
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

/// Plays a scenario against a new gateway; what the SMSC said, in order, and how the gateway ended.
fn play(scenario: &str) -> (Vec<Value>, ExitStatus) {
    let folder = std::env::temp_dir().join(format!("kopir-interop-{}-{scenario}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let mut smsc = smsc(scenario);
    let lines = BufReader::new(smsc.stdout.take().unwrap()).lines();
    let mut rig = Rig { folder, smsc, gateway: None };
    let mut said: Vec<Value> = Vec::new();
    for line in lines {
        let line: Value = serde_json::from_str(&line.unwrap()).expect("the SMSC says JSON lines");
        if line["event"] == "listening" {
            rig.gateway = Some(gateway(&rig.folder, line["port"].as_u64().unwrap()));
        }
        if line["event"] == "said" {
            terminate(rig.gateway.as_ref().unwrap());
        }
        said.push(line);
    }
    rig.smsc.wait().unwrap();
    let mut gateway = rig.gateway.take().expect("the SMSC listened");
    terminate(&gateway);
    let ended = ended(&mut gateway);
    let done = said.last().cloned().unwrap_or_default();
    assert_eq!(done["event"], "done", "{scenario}: the SMSC did not come to its end: {said:#?}");
    assert_eq!(done["failures"], 0, "{scenario}: {said:#?}");
    let left = said.iter().filter(|line| line["event"] == "left_over");
    assert_eq!(left.count(), 0, "{scenario}: something came that nobody asked for: {said:#?}");
    let refused = said.iter().any(|line| line["event"] == "deliver_resp" && line["status"] != 0);
    assert!(!refused, "{scenario}: {said:#?}");
    (said, ended)
}

fn smsc(scenario: &str) -> Child {
    let interop = Path::new(HERE).join("tests/interop");
    let cure = "run `make test`, or once: scripts/need.sh node npm && scripts/packages.sh tests/interop";
    assert!(
        interop.join("node_modules/smpp").is_dir(),
        "the npm package smpp is not in tests/interop/node_modules: {cure}"
    );
    Command::new("node")
        .arg(interop.join("smsc.mjs"))
        .arg("0")
        .arg(interop.join("scenarios").join(format!("{scenario}.json")))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("node cannot be started ({error}): {cure}"))
}

fn gateway(folder: &Path, port: u64) -> Child {
    let config = folder.join("kopir.toml");
    let text = |path: PathBuf| Value::from(path.to_str().unwrap()).to_string();
    let written = format!(
        r#"
[log]
filter = "warn"
format = "json"
[admin]
listen = "127.0.0.1:0"
[menus]
folder = {menus}
allow_unreviewed = true
[cdr]
folder = {cdr}
[audit]
folder = {audit}
[store]
path = {store}
[smpp.links.theirs]
host = "127.0.0.1"
port = {port}
system_id = "kopir"
password = "secret08"
carries = ["ussd", "sms"]
enquire_link_secs = 1
reconnect_min_ms = 50
reconnect_max_ms = 500
[smpp.links.theirs.ussd]
code = "*100#"
[smpp.links.theirs.sms]
short = "5522"
[upstream.sources.office]
kind = "scripted"
file = {office}
[upstream.services."application.status"]
source = "office"
"#,
        menus = text(Path::new(HERE).join("menus")),
        office = text(Path::new(HERE).join("tests/interop/office.yaml")),
        cdr = text(folder.join("cdr")),
        audit = text(folder.join("audit")),
        store = text(folder.join("kopir.redb")),
    );
    std::fs::write(&config, written).unwrap();
    Command::new(env!("CARGO_BIN_EXE_kopir"))
        .args(["serve", "--config"])
        .arg(config)
        .stdin(Stdio::null())
        .spawn()
        .expect("the gateway starts")
}

fn terminate(gateway: &Child) {
    Command::new("kill").args(["-TERM", &gateway.id().to_string()]).stderr(Stdio::null()).status().unwrap();
}

fn ended(gateway: &mut Child) -> ExitStatus {
    let begun = Instant::now();
    loop {
        if let Some(status) = gateway.try_wait().unwrap() {
            return status;
        }
        assert!(begun.elapsed() < STOP_MAX, "the gateway did not stop within {STOP_MAX:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// `submit_sm` of one person, oldest first.
fn submitted<'a>(said: &'a [Value], to: &str) -> Vec<&'a Value> {
    said.iter().filter(|line| line["event"] == "submit" && line["to"] == to).collect()
}

#[test]
fn a_dialogue_goes_from_the_dialled_code_to_the_answer_in_tlvs() {
    let (said, ended) = play("dialogue");
    let pages = submitted(&said, "998901234567");
    let ops: Vec<_> = pages.iter().map(|page| page["ussd_service_op"].as_u64().unwrap()).collect();
    assert_eq!(ops, [2, 2, 2, 2, 2, 2, 2, 17], "each page asks, the last one ends");
    let infos: Vec<_> = pages.iter().map(|page| page["its_session_info"].as_str().unwrap()).collect();
    assert_eq!(
        infos,
        ["0100", "0102", "0104", "0106", "0108", "0200", "0202", "0205"],
        "the session is echoed, the end bit set last"
    );
    assert!(ended.success());
}

#[test]
fn two_dialogues_in_two_scripts_keep_apart() {
    let (said, ended) = play("cyrillic-dialogue");
    for (person, session) in [("77011234567", "01"), ("996555123456", "02")] {
        let pages = submitted(&said, person);
        assert!(pages.iter().all(|page| page["its_session_info"].as_str().unwrap().starts_with(session)));
    }
    assert!(ended.success());
}

#[test]
fn letters_in_cyrillic_go_both_ways_and_long_ones_in_parts() {
    let (said, ended) = play("letters");
    let deliveries = said.iter().filter(|line| line["event"] == "deliver_resp").count();
    assert!(deliveries > 6, "the long letter came in parts, each acknowledged: {deliveries}");
    let answers = submitted(&said, "77059876543");
    assert!(answers.len() > 1, "the answer is longer than one part");
    for (number, part) in (1..).zip(&answers) {
        let [total, at] = [&part["part"][1], &part["part"][2]];
        assert_eq!(
            (total.as_u64(), at.as_u64()),
            (Some(u64::try_from(answers.len()).unwrap()), Some(number))
        );
        assert!(part["text"].as_str().unwrap().encode_utf16().count() <= 67);
    }
    assert!(submitted(&said, "77051234567").iter().all(|letter| letter["from"] == "5522"));
    assert!(ended.success());
}

#[test]
fn a_link_answers_asks_binds_again_and_says_good_bye() {
    let (said, ended) = play("link");
    let binds: Vec<_> = said.iter().filter(|line| line["event"] == "bind").collect();
    assert_eq!(binds.len(), 2, "after their unbind it bound again: {said:#?}");
    for bind in binds {
        assert_eq!((&bind["kind"], &bind["accepted"]), (&Value::from("transceiver"), &Value::from(true)));
        assert_eq!(bind["interface_version"], 0x34);
    }
    assert!(said.iter().any(|line| line["event"] == "unbind"), "it unbound by itself when stopped");
    assert!(ended.success(), "stopped in order");
}
