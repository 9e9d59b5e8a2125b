//! Reminders and alerts beside replies: who waits for whom, when they leave, and who can stop them.

use crate::rig::{Kept, LIMIT, Rig, SHORT, Wish, World, menus, phone, until};
use kopir::app::App;
use kopir::clock::Clock;
use kopir::domain::delivery::{Lane, Proof, Purpose, Row, RowState};
use kopir::domain::envelope::StepKey;
use kopir::domain::time::Timestamp;
use kopir::metrics::NameKind;
use kopir::simulator::smsc::Settings;
use kopir::simulator::smsc::faults::Faults;
use kopir::tasks::Tasks;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

pub(crate) const ALWAYS: &str = "{mon: [\"00:00-24:00\"], tue: [\"00:00-24:00\"], wed: [\"00:00-24:00\"], thu: [\"00:00-24:00\"], \
                      fri: [\"00:00-24:00\"], sat: [\"00:00-24:00\"], sun: [\"00:00-24:00\"]}";

/// The shipped menus with send hours of the test's.
pub(crate) fn menus_open(week: &str) -> (crate::redis_server::Folder, PathBuf) {
    fn copy(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
            let to = to.join(entry.file_name());
            if entry.path().is_dir() {
                copy(&entry.path(), &to)
            } else {
                let _octets = std::fs::copy(entry.path(), to).unwrap();
            }
        }
    }
    let folder = crate::redis_server::Folder::new();
    let path = folder.path().join("menus");
    copy(&menus(), &path);
    let hours = format!(
        "zone: Asia/Almaty\nvalid-to: 2099-12-31\nclosed: []\nhours:\n  - purposes: [reminder, alert]\n    week: {week}\n"
    );
    std::fs::write(path.join("reference/sending.yaml"), hours).unwrap();
    (folder, path)
}

pub(crate) async fn slow_world(kept: Kept, week: &str, more: &str) -> (World, crate::redis_server::Folder) {
    let (folder, path) = menus_open(week);
    let faults = Faults { delay_ms: Some((100, 100)), ..Faults::default() };
    let wish = Wish {
        link: "window_pdus = 16\nbulk_window_pdus = 4\nresponse_timeout_ms = 5000",
        more: more.to_owned(),
        smsc: Some(Settings { faults, ..Settings::default() }),
        menus: Some(path),
        ..Wish::default()
    };
    (World::new(kept, wish).await, folder)
}

fn push(app: &App, n: u32, campaign: &str, due: i64, latest: i64) -> Row {
    let to = phone(5_000_000 + n);
    let at = Timestamp(due);
    Row {
        id: StepKey::of(&[campaign.as_bytes(), &n.to_be_bytes()]),
        person: app.gateway.parts().persons.person(&to),
        to,
        from: SHORT.to_owned(),
        link: "net".into(),
        text: format!("{campaign} {n}"),
        purpose: Purpose::Alert,
        proof: Proof::default(),
        campaign: Some(campaign.to_owned()),
        jobs: Vec::new(),
        created: at,
        earliest: at,
        latest: Timestamp(latest),
        state: RowState::Queued { at, attempt: 0 },
        maybe_dup: false,
        trail: Vec::new(),
    }
}

pub(crate) async fn queue(
    app: &App,
    campaign: &str,
    numbers: core::ops::Range<u32>,
    ago_ms: i64,
    lasts_ms: i64,
) {
    let now = app.gateway.parts().clock.now().0;
    let rows: Vec<Row> = numbers.map(|n| push(app, n, campaign, now - ago_ms, now + lasts_ms)).collect();
    // A busy store may time out; each row is written once however often it is handed over.
    let all = async {
        for rows in rows.chunks(500) {
            while app.gateway.parts().outbox.hand_over(rows).await.is_err() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
    };
    tokio::time::timeout(LIMIT * 5, all).await.expect("the rows are written");
}

pub(crate) fn rows_told(app: &App, kind: &'static str) -> u64 {
    app.gateway.parts().metrics.rows.get_or_create(&NameKind { name: "net".to_owned(), kind }).get()
}

pub(crate) fn arrived(world: &World, numbers: core::ops::Range<u32>) -> usize {
    numbers.filter(|n| !world.letters(&phone(5_000_000 + n)).is_empty()).count()
}

pub(crate) const DAY: i64 = 86_400_000;

#[tokio::test]
async fn no_reply_waits_behind_ten_thousand_alerts_on_a_slow_link() {
    let (world, _folder) = slow_world(Kept::Embedded, ALWAYS, "").await;
    let app = world.gateway().await;
    queue(&app, "huge", 0..10_000, 60_000, DAY).await;
    until("bulk is under way", || world.phones.sums().submissions > 4).await;
    let mut longest = Duration::ZERO;
    for n in 0..20 {
        let asked = Instant::now();
        world.phones.text(&phone(n), SHORT, "KUN 0311");
        world.inbox(&phone(n), 1).await;
        longest = longest.max(asked.elapsed());
    }
    let sent = world.phones.sums().submissions;
    println!("longest wait of a reply {longest:?}, {sent} texts taken by then");
    assert!(longest < Duration::from_secs(2), "a reply waited {longest:?}");
    assert!(sent > 24 && sent < 5_000, "bulk goes on, and a backlog was there: {sent}");
    Rig { world, app }.stop().await;
}

#[tokio::test]
async fn what_a_bounded_rate_gives_goes_to_replies_before_bulk() {
    let (_folder, path) = menus_open(ALWAYS);
    let link = "rate_pdus = 20\nwindow_pdus = 16\nbulk_window_pdus = 4\nresponse_timeout_ms = 5000";
    let world = World::new(Kept::Embedded, Wish { link, menus: Some(path), ..Wish::default() }).await;
    let app = world.gateway().await;
    queue(&app, "huge", 0..1_000, 60_000, DAY).await;
    until("bulk is under way", || world.phones.sums().submissions > 10).await;
    for n in 0..40 {
        world.phones.text(&phone(n), SHORT, "KUN 0311");
    }
    for n in 0..40 {
        world.inbox(&phone(n), 1).await;
    }
    let after = world.phones.submissions();
    let is_bulk = |to: &str| to >= phone(5_000_000).expose();
    let first = after.iter().position(|sent| !is_bulk(&sent.to)).unwrap();
    let last = after.iter().rposition(|sent| !is_bulk(&sent.to)).unwrap();
    let bulk = after[first..last].iter().filter(|sent| is_bulk(&sent.to)).count();
    println!("{bulk} alerts among {} texts while replies waited", last - first + 1);
    assert!(bulk * 5 <= last - first, "{bulk} alerts left while replies waited");
    until("bulk goes on", || world.phones.sums().submissions > u64::try_from(after.len()).unwrap() + 10)
        .await;
    Rig { world, app }.stop().await;
}

#[tokio::test]
async fn a_tiny_campaign_takes_its_turns_beside_a_huge_one() {
    for kept in [Kept::Embedded, Kept::Redis] {
        let (world, _folder) = slow_world(kept, ALWAYS, "").await;
        let app = world.gateway().await;
        let by = |who: Option<&str>| {
            let at = Timestamp(0);
            who.map(|who| kopir::domain::sending::StoppedBy {
                who: who.to_owned(),
                at,
                why: "test".to_owned(),
            })
        };
        let pushes = || app.gateway.courier().unwrap().pushes();
        pushes().turn(None, by(Some("test"))).await.unwrap();
        queue(&app, "huge", 0..400, 60_000, DAY).await;
        queue(&app, "tiny", 1_000..1_010, 10_000, DAY).await;
        pushes().turn(None, None).await.unwrap();
        until("the tiny campaign is through", || arrived(&world, 1_000..1_010) == 10).await;
        // In the order in which they left, however late this looks.
        let sent = world.phones.submissions();
        let tiny: Vec<String> = (1_000..1_010).map(|n| phone(5_000_000 + n).expose().to_owned()).collect();
        let huge = sent.iter().rposition(|sent| tiny.contains(&sent.to)).unwrap() + 1 - tiny.len();
        assert!(huge < 30, "{kept:?}: {huge} of the huge one before the last of the tiny one");
        assert!(huge > 2, "{kept:?}: it is not starved either: {huge}");
        Rig { world, app }.stop().await;
    }
}

#[tokio::test]
async fn an_alert_outside_its_hours_is_held_and_expires_unsent_and_a_reply_leaves() {
    let (world, _folder) = slow_world(Kept::Embedded, "{}", "").await;
    let clock = Clock::manual(Clock::System.now());
    let app = App::start_at(world.config(), clock.clone(), Tasks::new(), Tasks::new()).await.unwrap();
    queue(&app, "night", 0..3, 1_000, DAY).await;
    until("they are held", || rows_told(&app, "held_by_window") >= 3).await;
    world.phones.text(&phone(1), SHORT, "KUN 0311");
    world.inbox(&phone(1), 1).await;
    assert_eq!(rows_told(&app, "expired"), 0);
    clock.advance(Duration::from_secs(2 * 86_400));
    until("they expire", || rows_told(&app, "expired") >= 3).await;
    assert_eq!(world.phones.sums().submissions, 1, "the reply alone");
    let settled = async {
        while app.gateway.parts().outbox.depth(Lane::Bulk).await.unwrap().owed > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LIMIT, settled).await.expect("nothing is owed any more");
    Rig { world, app }.stop().await;
}

#[tokio::test]
async fn a_campaign_stops_at_its_budget_and_a_prefix_at_its_cap() {
    let more = "[outbox.campaigns.dear]\nbudget_segments = 5\n[outbox.prefixes.\"+99890\"]\nmost = 8\nwithin_secs = 3600\n";
    let (world, _folder) = slow_world(Kept::Embedded, ALWAYS, more).await;
    let app = world.gateway().await;
    queue(&app, "dear", 0..20, 1_000, DAY).await;
    until("the budget is spent", || rows_told(&app, "over_budget") + rows_told(&app, "prefix_capped") >= 15)
        .await;
    until("five", || arrived(&world, 0..20) == 5).await;
    queue(&app, "other", 100..120, 1_000, DAY).await;
    until("the cap is reached", || rows_told(&app, "prefix_capped") >= 15).await;
    assert!(world.phones.sums().submissions <= 8, "{}", world.phones.sums().submissions);
    Rig { world, app }.stop().await;
}

#[tokio::test]
async fn the_stop_switch_stops_all_pushes_within_two_seconds_and_starts_them_again() {
    let (world, folder) = slow_world(Kept::Embedded, ALWAYS, "").await;
    let app = world.gateway().await;
    let config = folder.path().join("kopir.toml");
    std::fs::write(&config, &world.overlay).unwrap();
    let turn = async |what: &'static str| {
        let config = config.clone();
        let run = move || {
            let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_kopir"));
            command.args(["pushes", what, "--who", "Aida", "--why", "wrong text", "--config"]).arg(config);
            command.output().unwrap()
        };
        let output = tokio::task::spawn_blocking(run).await.unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    queue(&app, "jobs", 0..500, 1_000, DAY).await;
    until("they leave", || world.phones.sums().submissions > 4).await;
    let told = turn("stop").await;
    assert!(told.contains("all pushes stopped by Aida") && told.contains("wrong text"), "{told}");
    tokio::time::sleep(Duration::from_secs(2)).await;
    let stopped = world.phones.sums().submissions;
    world.phones.text(&phone(1), SHORT, "KUN 0311");
    world.inbox(&phone(1), 1).await;
    assert_eq!(world.phones.sums().submissions, stopped + 1, "a reply leaves, and nothing else");
    assert!(turn("status").await.contains("Aida"));
    assert!(turn("start").await.contains("no pushes are stopped"));
    queue(&app, "more", 1_000..1_010, 1_000, DAY).await;
    until("pushes leave again", || arrived(&world, 1_000..1_010) == 10).await;
    assert_eq!(rows_told(&app, "failed"), 0);
    Rig { world, app }.stop().await;
}
