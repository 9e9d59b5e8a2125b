//! The stop switch over HTTP: what it stops, what it leaves alone, and what the audit trail says of it.

use crate::bulk::{ALWAYS, DAY, arrived, queue, rows_told, slow_world};
use crate::rig::{Kept, Rig, World, exchange, until};
use crate::rights::{trail, verify};
use kopir::domain::sending::Stops;
use std::sync::Arc;

/// Gives an order as `kopir pushes` does: status, and what is told.
async fn ordered(world: &World, stop: bool, campaign: Option<&str>) -> (u16, String) {
    let order = serde_json::json!({"stop": stop, "campaign": campaign, "who": "Aida", "why": "wrong text"});
    exchange(world.admin, "POST /pushes", "application/json", &order.to_string()).await
}

async fn stops(rig: &Rig) -> Arc<Stops> {
    rig.app.gateway.courier().unwrap().pushes().stops().await
}

/// The turns of the switch in the trail: of what, by whom, whether it stops.
fn turns(world: &World) -> Vec<(String, String, bool)> {
    let lines = trail(world);
    let lines = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    lines
        .filter_map(|line| {
            let turned = line.get("event")?.get("pushes_stopped")?;
            let word = |value: Option<&serde_json::Value>| value.unwrap().as_str().unwrap().to_owned();
            let stopped = turned.get("stopped").unwrap().as_bool().unwrap();
            Some((word(line.get("subject")), word(turned.get("user")), stopped))
        })
        .collect()
}

#[tokio::test]
async fn every_turn_of_the_switch_stands_in_the_trail_and_one_that_cannot_be_noted_only_stops() {
    let (world, _folder) = slow_world(Kept::Embedded, ALWAYS, "").await;
    let app = world.gateway().await;
    let rig = Rig { world, app };
    let folder = rig.world.folder.path().join("audit");
    // A file where the folder should be: nothing can be noted.
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::write(&folder, "").unwrap();
    let (status, told) = ordered(&rig.world, true, None).await;
    assert_eq!(status, 200, "{told}");
    assert!(told.contains("all pushes stopped by Aida"), "{told}");
    assert!(told.contains("not noted: the audit trail cannot be written"), "{told}");
    let (status, told) = ordered(&rig.world, false, None).await;
    assert_eq!(status, 503, "{told}");
    assert!(told.contains("the audit trail cannot be written; nothing was started"), "{told}");
    assert!(stops(&rig).await.all.is_some(), "it is stopped still");
    std::fs::remove_file(&folder).unwrap();

    for (stop, campaign) in [(true, None), (false, None), (true, Some("jobs")), (false, Some("jobs"))] {
        let (status, told) = ordered(&rig.world, stop, campaign).await;
        assert_eq!((status, told.contains("not noted")), (200, false), "{told}");
    }
    let (status, _) =
        exchange(rig.world.admin, "POST /pushes", "application/json", r#"{"who":"B","why":""}"#).await;
    assert_eq!(status, 200, "only asked");
    let turn = |of: &str, stopped| (of.to_owned(), "Aida".to_owned(), stopped);
    let whole = [turn("pushes", true), turn("pushes", false)];
    let single = [turn("campaign jobs", true), turn("campaign jobs", false)];
    assert_eq!(turns(&rig.world), [whole, single].concat());
    assert!(rig.app.stop().await);
    let config = rig.world.folder.path().join("kopir.toml");
    std::fs::write(&config, &rig.world.overlay).unwrap();
    let (code, report) = verify(&rig.world, &["--config", &config.display().to_string()]);
    // The head of the file that could not be made is not kept either.
    assert_eq!((code, report["events"].as_u64()), (0, Some(4)), "{report}");
    rig.world.end().await;
}

#[tokio::test]
async fn one_campaign_is_stopped_or_out_of_budget_while_another_goes_on() {
    let more = "[outbox.campaigns.dear]\nbudget_segments = 5\n";
    let (world, _folder) = slow_world(Kept::Embedded, ALWAYS, more).await;
    let app = world.gateway().await;
    let rig = Rig { world, app };
    let (status, told) = ordered(&rig.world, true, Some("wrong")).await;
    assert!(status == 200 && told.contains("campaign wrong stopped by Aida"), "{told}");
    queue(&rig.app, "wrong", 0..10, 60_000, DAY).await;
    queue(&rig.app, "dear", 100..110, 60_000, DAY).await;
    queue(&rig.app, "right", 200..230, 1_000, DAY).await;
    until("the other goes on to its end", || arrived(&rig.world, 200..230) == 30).await;
    until("the stopped one is held", || rows_told(&rig.app, "stopped") >= 10).await;
    until("the budget is spent", || rows_told(&rig.app, "over_budget") >= 5).await;
    until("what it paid for arrives", || arrived(&rig.world, 100..110) == 5).await;
    assert_eq!(arrived(&rig.world, 0..10), 0);
    assert_eq!(rig.world.phones.sums().submissions, 35, "nothing else has left");
    // A stopped campaign has spent nothing, and leaves once it is started.
    let (status, told) = ordered(&rig.world, false, Some("wrong")).await;
    assert!(status == 200 && told.contains("no pushes are stopped"), "{told}");
    queue(&rig.app, "wrong", 10..20, 1_000, DAY).await;
    until("it leaves again", || arrived(&rig.world, 10..20) == 10).await;
    rig.stop().await;
}
