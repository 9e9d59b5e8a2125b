//! The contract over real sockets: good answers, every way of failing, and no way to an address that is closed.

use crate::support::{call, office, to};
use kopir::adapters::upstream::http::HttpOffice;
use kopir::adapters::upstream::settings::HttpSettings;
use kopir::domain::value::Value;
use kopir::ports::{Upstream, UpstreamError};
use kopir::reach::Reach;
use kopir::simulator::office::{Applications, Fault, Faults, Office};
use kopir::tasks::Tasks;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::TcpListener;

#[tokio::test]
async fn an_office_answers_by_the_contract() {
    let tasks = Tasks::new();
    let (_, settings, _) = office(&tasks).await;
    let http = HttpOffice::new(&settings).unwrap();
    assert!(http.healthy().await);
    let found = http.call(&call("1234567890", "4821"), &to()).await.unwrap();
    assert_eq!(found.outcome, "found");
    assert_eq!(found.values["state"], Value::Word("commission".to_owned()));
    assert_eq!(found.values["tail"], Value::Digits("7890".to_owned()));
    assert_eq!(found.values["as_of"], Value::Date(jiff::civil::date(2026, 10, 1)));
    let wrong = http.call(&call("1234567890", "0000"), &to()).await.unwrap();
    assert_eq!(wrong, http.call(&call("9999999999", "4821"), &to()).await.unwrap());
    assert_eq!(wrong.outcome, "unknown");
}

#[tokio::test]
async fn every_fault_becomes_the_error_it_is_and_none_takes_longer_than_allowed() {
    let tasks = Tasks::new();
    let (office, mut settings, _) = office(&tasks).await;
    settings.timeout_ms = 300;
    let http = HttpOffice::new(&settings).unwrap();
    let cases = [
        (Fault::Down, "away"),
        (Fault::Garbage, "broken"),
        (Fault::Huge, "broken"),
        (Fault::Hang, "slow"),
        (Fault::Redirect, "broken"),
        (Fault::Outcome, "broken"),
        (Fault::Refused, "refused"),
        (Fault::Cut, "away"),
    ];
    for (fault, want) in cases {
        office.fail(Faults { fault: Some(fault), after_ms: 0 });
        let began = kopir::clock::instant();
        let error = http.call(&call("1234567890", "4821"), &to()).await.unwrap_err();
        let kind = match &error {
            UpstreamError::Away(_) => "away",
            UpstreamError::Slow => "slow",
            UpstreamError::Broken(_) => "broken",
            UpstreamError::Refused(_) => "refused",
        };
        assert_eq!(kind, want, "{fault:?}: {error}");
        assert!(began.elapsed().as_millis() < 2_000, "{fault:?}");
        assert!(!error.to_string().contains("1234567890"));
    }
    office.fail(Faults { fault: Some(Fault::Slow), after_ms: 60_000 });
    assert!(matches!(http.call(&call("1234567890", "4821"), &to()).await, Err(UpstreamError::Slow)));
    office.fail(Faults::default());
    assert_eq!(http.call(&call("1234567890", "4821"), &to()).await.unwrap().outcome, "found");
}

#[tokio::test]
async fn the_control_endpoint_sets_a_fault_and_takes_it_back() {
    let tasks = Tasks::new();
    let (_, settings, address) = office(&tasks).await;
    let http = HttpOffice::new(&settings).unwrap();
    assert!(put(address, r#"{"fault":"down"}"#).await.starts_with("HTTP/1.1 200"));
    assert!(!http.healthy().await);
    assert!(put(address, "{}").await.starts_with("HTTP/1.1 200"));
    assert!(http.healthy().await);
}

async fn put(address: SocketAddr, body: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "PUT /control HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn the_token_of_the_file_opens_the_office_and_no_token_does_not() {
    let tasks = Tasks::new();
    let scratch = crate::support::Scratch::new("token");
    let token_file = scratch.path().join("token");
    std::fs::write(&token_file, "s3cret\n").unwrap();
    let office = Office::new(Applications::sample().unwrap(), Some("s3cret".to_owned()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = office.serve(listener, &tasks).unwrap();
    let mut settings = HttpSettings::at(&format!("http://{address}/v1"));
    settings.allow_private = vec!["127.0.0.1".parse().unwrap()];
    let without = HttpOffice::new(&settings).unwrap();
    assert!(matches!(without.call(&call("1234567890", "4821"), &to()).await, Err(UpstreamError::Refused(_))));
    settings.token_file = Some(token_file);
    let with = HttpOffice::new(&settings).unwrap();
    assert_eq!(with.call(&call("1234567890", "4821"), &to()).await.unwrap().outcome, "found");
    assert!(!format!("{with:?}").contains("s3cret"));
}

/// Every way to write a closed address that anybody has used to get past a filter, and then some.
fn spellings() -> Vec<String> {
    let mut all = Vec::new();
    for address in [
        Ipv4Addr::LOCALHOST,
        Ipv4Addr::new(127, 8, 9, 10),
        Ipv4Addr::UNSPECIFIED,
        Ipv4Addr::new(10, 0, 0, 1),
        Ipv4Addr::new(172, 16, 5, 4),
        Ipv4Addr::new(192, 168, 1, 1),
        Ipv4Addr::new(169, 254, 169, 254),
        Ipv4Addr::new(100, 100, 100, 200),
        Ipv4Addr::new(198, 18, 0, 1),
        Ipv4Addr::new(224, 0, 0, 1),
        Ipv4Addr::BROADCAST,
    ] {
        let [a, b, c, d] = address.octets();
        let n = address.to_bits();
        let (hi, lo) = (n >> 16, n & 0xFFFF);
        all.extend([
            address.to_string(),
            format!("{address}."),
            format!("{n}"),
            format!("0x{n:x}"),
            format!("0X{n:08X}"),
            format!("0{n:o}"),
            format!("0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}"),
            format!("0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
            format!("000{a:o}.{b}.0x{c:x}.{d}"),
            format!("{a}.{}", n & 0xFF_FFFF),
            format!("{a}.{b}.{lo}"),
            format!("[::ffff:{address}]"),
            format!("[::ffff:{hi:x}:{lo:x}]"),
            format!("[0:0:0:0:0:FFFF:{hi:04X}:{lo:04X}]"),
            format!("[::{address}]"),
            format!("[64:ff9b::{address}]"),
            format!("[64:ff9b:1::{hi:x}:{lo:x}]"),
            format!("[2002:{hi:x}:{lo:x}::1]"),
            format!("[2001:0:{hi:x}:{lo:x}::]"),
            format!("user@{address}"),
        ]);
    }
    all.extend(
        [
            "[::1]",
            "[::]",
            "[0:0:0:0:0:0:0:1]",
            "[fe80::1]",
            "[fd00:ec2::254]",
            "[fc00::1]",
            "[ff02::1]",
            "[2001:db8::1]",
            "[fec0::1]",
            "[100::1]",
            "localhost",
            "LOCALHOST",
            "localhost.",
            "ip6-localhost",
            "168.63.129.16",
        ]
        .map(str::to_owned),
    );
    all
}

#[tokio::test]
async fn no_spelling_of_a_closed_address_gets_through() {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let spellings = spellings();
    assert!(spellings.len() >= 200, "{}", spellings.len());
    for host in &spellings {
        let mut settings = HttpSettings::at(&format!("http://{host}:{port}/v1"));
        settings.connect_timeout_ms = 200;
        settings.timeout_ms = 3_000;
        let through = match HttpOffice::new(&settings) {
            Err(UpstreamError::Refused(_)) => continue,
            Err(other) => panic!("{host}: {other}"),
            Ok(office) => office.call(&call("1234567890", "4821"), &to()).await,
        };
        assert!(
            matches!(through, Err(UpstreamError::Refused(_) | UpstreamError::Away(_))),
            "{host}: {through:?}"
        );
    }
    let nobody = tokio::time::timeout(std::time::Duration::from_millis(50), listener.accept()).await;
    assert!(nobody.is_err(), "somebody got through to the loopback");
}

#[tokio::test]
async fn a_name_that_changes_its_address_is_judged_at_every_connection() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked = Arc::new(AtomicUsize::new(0));
    let counted = asked.clone();
    let rebinding = move |_host: String| {
        let n = counted.fetch_add(1, Ordering::SeqCst);
        let open: SocketAddr = "[2a00:1450:4001::1]:0".parse().unwrap();
        let closed: SocketAddr = "127.0.0.1:0".parse().unwrap();
        std::future::ready(Ok(match n {
            0 => vec![closed],
            1 => vec![open, closed],
            _ => vec!["[::ffff:127.0.0.1]:0".parse().unwrap()],
        }))
    };
    let mut settings = HttpSettings::at(&format!("http://office.example:{port}/v1"));
    settings.connect_timeout_ms = 200;
    let office = HttpOffice::over(&settings, Reach::new(&[]).resolving(rebinding)).unwrap();
    for _ in 0..3 {
        let through = office.call(&call("1234567890", "4821"), &to()).await;
        assert!(matches!(through, Err(UpstreamError::Refused(_))), "{through:?}");
    }
    assert_eq!(asked.load(Ordering::SeqCst), 3);
    let nobody = tokio::time::timeout(std::time::Duration::from_millis(50), listener.accept()).await;
    assert!(nobody.is_err());
}
