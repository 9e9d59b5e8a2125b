//! The load generator against an ESME that answers everything at once, and against one that does not.

use super::esme::{Esme, World};
use kopir::simulator::load::{HttpLoad, NetworkLoad, Pace, Work, http, network};
use kopir::simulator::smsc::Settings;
use kopir::tasks::Tasks;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Answers letters with letters, dials and answers with a question, "9" with the last words; each `every`th not at all.
async fn answering(mut esme: Esme, every: usize) {
    let mut n = 0;
    while let Some(pdu) = esme.read().await {
        if pdu.id != 5 {
            continue;
        }
        esme.write(0x8000_0005, 0, pdu.number, &[0]).await;
        let message = pdu.message();
        n += 1;
        if n % every == 0 {
            continue;
        }
        match message.tlv(0x0501) {
            None => {
                esme.submit(&message.from, 0, 0, b"ok", &[]).await;
            }
            Some([129]) => {}
            Some(_) => {
                let op = if message.text == b"9" { 17 } else { 2 };
                let info = message.tlv(0x1383).unwrap().to_vec();
                esme.submit(&message.from, 0, 0, b"1 2 3", &[(0x0501, &[op]), (0x1383, &info)]).await;
            }
        }
    }
}

#[tokio::test]
async fn letters_and_dialogues_are_driven_and_counted() {
    let (world, esme) = World::with_esme(Settings::default()).await;
    world.tasks.spawn("esme", answering(esme, usize::MAX));
    let mut load = NetworkLoad {
        work: Work::Sms { short: "1414".into(), texts: vec!["JOB".into()] },
        pace: Pace::Saturated(16),
        n_phones: 64,
        lasts: Duration::from_millis(500),
        patience: Duration::from_secs(5),
    };
    let report = network(&world.smsc, &load).await;
    assert!(report.answers > 100 && report.p50_us > 0 && report.p50_us <= report.p99_us, "{report:?}");
    assert_eq!((report.lost, report.duplicates, report.failed, report.missed), (0, 0, 0, 0));
    assert_eq!(world.smsc.sums().submissions, report.answers);

    load.pace = Pace::PerSecond(200);
    let report = network(&world.smsc, &load).await;
    assert!((90..=101).contains(&report.answers), "{report:?}");

    load.work = Work::Ussd { code: "*100#".into(), answers: vec!["1".into(), "2".into(), "9".into()] };
    load.pace = Pace::Saturated(16);
    let report = network(&world.smsc, &load).await;
    assert!(report.dialogues > 10, "{report:?}");
    assert_eq!((report.answers, report.lost, report.failed), (report.dialogues * 4, 0, 0), "{report:?}");
}

#[tokio::test]
async fn what_is_not_answered_is_lost() {
    let (world, esme) = World::with_esme(Settings::default()).await;
    world.tasks.spawn("esme", answering(esme, 10));
    let load = NetworkLoad {
        work: Work::Sms { short: "1414".into(), texts: vec!["JOB".into()] },
        pace: Pace::PerSecond(100),
        n_phones: 100,
        lasts: Duration::from_millis(400),
        patience: Duration::from_millis(300),
    };
    let report = network(&world.smsc, &load).await;
    assert!((3..=4).contains(&report.lost), "{report:?}");
}

#[tokio::test]
async fn dialogues_over_http_carry_all_that_was_typed() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let tasks = Tasks::new();
    tasks.spawn("aggregator's target", async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut held = Vec::new();
        loop {
            let mut read = [0; 4096];
            let n = stream.read(&mut read).await.unwrap();
            if n == 0 {
                return;
            }
            held.extend_from_slice(&read[..n]);
            let text = String::from_utf8_lossy(&held).into_owned();
            let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
            if body.len() < length.parse::<usize>().unwrap() {
                continue;
            }
            assert!(body.contains("serviceCode=*100%23&text="), "{body}");
            let reply = if body.ends_with("text=1*2") { "END ok" } else { "CON 1 2" };
            let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{reply}", reply.len());
            stream.write_all(answer.as_bytes()).await.unwrap();
            held.clear();
        }
    });
    let load = HttpLoad {
        address,
        path: "/ussd/at".into(),
        headers: vec![("x-secret".into(), "s".into())],
        code: "*100#".into(),
        answers: vec!["1".into(), "2".into(), "3".into()],
        n_connections: 1,
        per_s: None,
        lasts: Duration::from_millis(200),
    };
    let report = http(load, &tasks).await.unwrap();
    assert!(report.dialogues > 5, "{report:?}");
    assert_eq!((report.answers, report.failed, report.lost), (report.dialogues * 3, 0, 0));
}
