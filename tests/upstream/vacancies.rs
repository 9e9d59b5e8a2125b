//! Vacancies on their way in: drop folders, an address asked politely, a signed push; real files and sockets.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use kopir::adapters::ussd_http::{self, Limits};
use kopir::adapters::vacancies::alive::Alive;
use kopir::adapters::vacancies::folder::Folders;
use kopir::adapters::vacancies::poll::{Poll, Round};
use kopir::adapters::vacancies::settings::{PushSettings, Source, UrlSettings, VacancySettings};
use kopir::adapters::vacancies::{Stock, push, snapshot};
use kopir::clock::Clock;
use kopir::domain::time::Timestamp;
use kopir::domain::vacancy::Vacancy;
use kopir::domain::vacancy::feed::Form;
use kopir::domain::vacancy::import::{Batch, import};
use kopir::domain::vacancy::posting::Reading;
use kopir::domain::vacancy::shelf::Shelf;
use kopir::metrics::Metrics;
use kopir::setting::Secret;
use kopir::simulator::vacancies::postings;
use kopir::tasks::Tasks;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// A folder of its own for a test, and the shelf as it was last published.
struct Place {
    settings: VacancySettings,
    shown: Arc<Mutex<Arc<Shelf>>>,
    stock: Arc<Stock>,
}

fn place(name: &str, source: Source) -> Place {
    let folder = std::env::temp_dir().join(format!("kopir-vacancies-{name}-{}", std::process::id()));
    drop(std::fs::remove_dir_all(&folder));
    let sources = [("jobs.example".to_owned(), source)].into();
    let settings = VacancySettings { folder, poll_secs: 1, feed_max_mib: 8, bad_max_percent: 20, sources };
    let shown = Arc::new(Mutex::new(Arc::new(Shelf::default())));
    let stock = open(&settings, &shown);
    Place { settings, shown, stock }
}

fn open(settings: &VacancySettings, shown: &Arc<Mutex<Arc<Shelf>>>) -> Arc<Stock> {
    let shown = shown.clone();
    Stock::open(settings, Metrics::default(), Arc::new(move |shelf| *shown.lock().unwrap() = shelf)).unwrap()
}

impl Place {
    fn len(&self) -> usize {
        self.shown.lock().unwrap().len()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.settings.folder));
    }
}

/// 10:00 in Kazakhstan on 25 November 2026.
fn now() -> Timestamp {
    let at = jiff::civil::date(2026, 11, 25).at(10, 0, 0, 0).in_tz("Asia/Almaty").unwrap();
    Timestamp(at.timestamp().as_millisecond())
}

fn feed(count: u32) -> String {
    postings(7, count, now().date()).map(|posting| format!("{posting}\n")).collect()
}

fn put(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join("drop/jobs.example").join(name);
    std::fs::write(&path, text).unwrap();
    path
}

#[test]
fn a_dropped_file_is_read_once_it_has_come_to_rest_and_gets_its_report() {
    let place = place("drop", Source::Folder { whole: true });
    let folders = Folders::open(&place.settings, &place.stock).unwrap();
    let today = now().date();
    let path = put(&place.settings.folder, "feed.ndjson", &feed(300));
    let seen = folders.round(&HashMap::new(), today);
    assert_eq!((place.len(), seen.len()), (0, 1), "it may still be being written");
    folders.round(&seen, today);
    let full = place.len();
    assert!(full > 280 && !path.exists(), "{full}");
    let report = place.settings.folder.join("done/jobs.example/feed.ndjson.report.json");
    let report: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(report).unwrap()).unwrap();
    assert_eq!(report["read"], 300);
    assert_eq!(report["shelf"]["open"], full);

    put(&place.settings.folder, "page.html", &vector("page-open.html"));
    let seen = folders.round(&HashMap::new(), today);
    folders.round(&seen, today);
    assert_eq!(place.len(), full + 1, "a page is one vacancy and closes no other");

    put(&place.settings.folder, "bad.ndjson", "{\n{\n{\n");
    let seen = folders.round(&HashMap::new(), today);
    folders.round(&seen, today);
    assert_eq!(place.len(), full + 1, "a feed that cannot be read changes nothing");

    put(&place.settings.folder, "less.ndjson", &feed(100));
    let seen = folders.round(&HashMap::new(), today);
    folders.round(&seen, today);
    assert!(place.len() <= 100, "what a whole feed leaves out is closed");

    let shown = Arc::new(Mutex::new(Arc::new(Shelf::default())));
    let _again = open(&place.settings, &shown);
    let (before, after) = (place.shown.lock().unwrap().clone(), shown.lock().unwrap().clone());
    assert!(before.rows().eq(after.rows()), "a restart begins with the same shelf under the same codes");
}

/// A feed of one vacancy that no other feed has.
fn single(gateway: usize, nth: usize) -> Batch {
    let text = format!(
        "id;title;hiringOrganization.name;datePosted;validThrough;place\n\
         {gateway}-{nth:02};Повар;ТОО {gateway} {nth:02};20.11.2026;20.12.2026;Астана\n"
    );
    import(Form::Csv, &text, Reading { source: "jobs.example", url: None, today: now().date() })
}

#[test]
fn gateways_that_import_into_one_folder_at_the_same_time_lose_nothing_of_each_other() {
    const GATEWAYS: usize = 3;
    const EACH: usize = 20;
    let place = place("together", Source::Folder { whole: false });
    let gateways: Vec<_> = (0..GATEWAYS).map(|_| Stock::unwatched(&place.settings).unwrap()).collect();
    std::thread::scope(|scope| {
        for (gateway, stock) in gateways.iter().enumerate() {
            scope.spawn(move || {
                (0..EACH).for_each(|nth| drop(stock.take(single(gateway, nth), false).unwrap()))
            });
        }
    });
    assert_eq!(snapshot::read(&place.settings.folder).unwrap().len(), GATEWAYS * EACH);
}

fn vector(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/vacancies").join(name);
    std::fs::read_to_string(path).unwrap()
}

/// A site with a feed: what it answers next, and what it was asked.
#[derive(Default)]
struct Site {
    robots: Mutex<(u16, String)>,
    answer: Mutex<(u16, String)>,
    asked: Mutex<Vec<HeaderMap>>,
}

async fn site(tasks: &Tasks) -> (Arc<Site>, SocketAddr) {
    let site = Arc::new(Site::default());
    *site.robots.lock().unwrap() = (404, String::new());
    let router = Router::new()
        .route("/robots.txt", get(|State(site): State<Arc<Site>>| async move { said(&site.robots) }))
        .route("/{*path}", get(answer))
        .with_state(site.clone());
    (site, serve(router, tasks).await)
}

async fn serve(router: Router, tasks: &Tasks) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    ussd_http::serve(listener, router, Limits::default(), tasks);
    address
}

fn said(of: &Mutex<(u16, String)>) -> Response {
    let (status, text) = of.lock().unwrap().clone();
    (StatusCode::from_u16(status).unwrap(), [("etag", "\"one\""), ("retry-after", "7200")], text)
        .into_response()
}

async fn answer(State(site): State<Arc<Site>>, headers: HeaderMap) -> Response {
    site.asked.lock().unwrap().push(headers.clone());
    if headers.get("if-none-match").is_some_and(|etag| etag == "\"one\"") {
        return StatusCode::NOT_MODIFIED.into_response();
    }
    said(&site.answer)
}

fn url(address: SocketAddr, path: &str, window: &str) -> UrlSettings {
    let url = format!("http://{address}{path}");
    UrlSettings {
        url,
        whole: true,
        every_secs: 3_600,
        window: window.to_owned(),
        timeout_ms: 5_000,
        allow_private: vec!["127.0.0.0/8".parse().unwrap()],
    }
}

#[tokio::test]
async fn an_address_is_asked_politely() {
    let tasks = Tasks::new();
    let (site, address) = site(&tasks).await;
    let settings = url(address, "/feed.ndjson", "09:00-18:00");
    let place = place("poll", Source::Url(settings.clone()));
    let mut poll = Poll::new(&place.stock, "jobs.example", &settings, 8).unwrap();
    let asked = || site.asked.lock().unwrap().len();

    let night = now().plus(Duration::from_secs(12 * 3_600));
    assert_eq!((poll.round(night).await.unwrap(), asked()), (Round::Closed, 0), "outside its hours");

    *site.robots.lock().unwrap() = (200, "User-agent: *\nDisallow: /\n".to_owned());
    assert_eq!(
        (poll.round(now()).await.unwrap(), asked()),
        (Round::Unwanted, 0),
        "the site does not want it"
    );
    *site.robots.lock().unwrap() = (500, String::new());
    assert!(poll.round(now()).await.is_err() && asked() == 0, "nobody knows what it wants");

    *site.robots.lock().unwrap() = (404, String::new());
    *site.answer.lock().unwrap() = (503, String::new());
    assert_eq!(poll.round(now()).await.unwrap(), Round::Later);
    assert_eq!(poll.rests(), Duration::from_secs(7_200), "as long as it asks");

    *site.answer.lock().unwrap() = (200, feed(50));
    assert_eq!(poll.round(now()).await.unwrap(), Round::Taken);
    let full = place.len();
    assert!(full > 40, "{full}");
    let tomorrow = now().plus(Duration::from_secs(24 * 3_600));
    assert_eq!(poll.round(tomorrow).await.unwrap(), Round::Same, "what has not changed is not fetched again");
    let shelf = place.shown.lock().unwrap().clone();
    assert!(shelf.open().all(|vacancy| vacancy.checked == tomorrow.date()), "but it has been checked");
    tasks.stop();
}

#[tokio::test]
async fn a_page_that_is_gone_or_archived_closes_its_vacancy() {
    let tasks = Tasks::new();
    let (site, address) = site(&tasks).await;
    let settings = url(address, "/ru/vacancy/povar~4711", "");
    let place = place("gone", Source::Url(settings.clone()));
    for (status, text, wanted) in
        [(410, String::new(), Round::Gone), (200, vector("page-archived.html"), Round::Taken)]
    {
        let mut poll = Poll::new(&place.stock, "jobs.example", &settings, 8).unwrap();
        *site.answer.lock().unwrap() = (200, vector("page-open.html"));
        assert_eq!((poll.round(now()).await.unwrap(), place.len()), (Round::Taken, 1));
        let mut poll = Poll::new(&place.stock, "jobs.example", &settings, 8).unwrap();
        *site.answer.lock().unwrap() = (status, text);
        assert_eq!((poll.round(now()).await.unwrap(), place.len()), (wanted, 0));
    }
    tasks.stop();
}

#[tokio::test]
async fn an_address_in_the_own_network_is_not_asked_unless_it_is_allowed() {
    let tasks = Tasks::new();
    let (site, address) = site(&tasks).await;
    *site.answer.lock().unwrap() = (200, feed(5));
    for host in [address.to_string(), format!("localhost:{}", address.port())] {
        let closed = UrlSettings {
            url: format!("http://{host}/feed.ndjson"),
            allow_private: Vec::new(),
            ..url(address, "", "")
        };
        let place = place("private", Source::Url(closed.clone()));
        let mut poll = Poll::new(&place.stock, "jobs.example", &closed, 8).unwrap();
        assert!(poll.round(now()).await.is_err(), "{host}");
        assert_eq!(site.asked.lock().unwrap().len(), 0, "{host}");
    }
    tasks.stop();
}

#[tokio::test]
async fn a_vacancy_is_asked_for_at_its_own_site_once_in_three_days_and_closed_for_all_when_it_is_gone() {
    let tasks = Tasks::new();
    let (site, address) = site(&tasks).await;
    let settings = url(address, "/feed.ndjson", "");
    let place = place("alive", Source::Url(settings.clone()));
    *site.answer.lock().unwrap() = (200, feed(12));
    Poll::new(&place.stock, "jobs.example", &settings, 8).unwrap().round(now()).await.unwrap();
    let later = now().plus(Duration::from_secs(48 * 3_600));
    let alive = Alive::new(&place.settings, &place.stock, Clock::manual(later), Metrics::default());
    let asked = || site.asked.lock().unwrap().len();
    let (full, before) = (place.len(), asked());
    let mut rows = place.shown.lock().unwrap().rows().collect::<Vec<_>>().into_iter();
    let mut one = |at: String| {
        let row = rows.next().unwrap();
        (row.code, Arc::new(Vacancy { url: Some(at), ..row.vacancy }))
    };
    let own = |name: &str| format!("http://{address}/ru/vacancy/{name}");
    let (code, fresh) = one(own("fresh"));
    let fresh = Arc::new(Vacancy { checked: later.date(), ..(*fresh).clone() });
    assert!(alive.stands(code, fresh).await && asked() == before, "its feed has named it today");
    let (code, elsewhere) = one("http://127.0.0.1:1/ru/vacancy/9".to_owned());
    assert!(alive.stands(code, elsewhere).await && asked() == before, "no other site is asked");
    *site.answer.lock().unwrap() = (200, vector("page-open.html"));
    let (code, open) = one(own("open"));
    for _ in 0..3 {
        assert!(alive.stands(code, open.clone()).await);
    }
    assert_eq!(asked(), before + 1, "what a page said is remembered");
    *site.answer.lock().unwrap() = (200, vector("page-archived.html"));
    let (code, archived) = one(own("archived"));
    assert!(!alive.stands(code, archived).await);
    *site.answer.lock().unwrap() = (410, String::new());
    let (code, gone) = one(own("gone"));
    assert!(!alive.stands(code, gone.clone()).await && !alive.stands(code, gone).await);
    assert_eq!(place.len(), full - 2, "closed for everybody");
    *site.robots.lock().unwrap() = (200, "User-agent: *\nDisallow: /\n".to_owned());
    let alive = Alive::new(&place.settings, &place.stock, Clock::manual(later), Metrics::default());
    let (code, unwanted) = one(own("unwanted"));
    let before = asked();
    assert!(
        alive.stands(code, unwanted).await && asked() == before,
        "a site that does not want it is left alone"
    );
    *site.robots.lock().unwrap() = (404, String::new());
    let alive = Alive::new(&place.settings, &place.stock, Clock::manual(later), Metrics::default());
    *site.answer.lock().unwrap() = (500, String::new());
    let before = asked();
    for name in ["troubled", "resting"] {
        let (code, troubled) = one(own(name));
        assert!(alive.stands(code, troubled).await, "a site in trouble says nothing");
    }
    assert_eq!(asked(), before + 1, "and is left alone for a while");
    tasks.stop();
}

/// One POST; status and body.
async fn post(at: SocketAddr, headers: &[(&str, &str)], body: &str) -> (u16, serde_json::Value) {
    let mut stream = TcpStream::connect(at).await.unwrap();
    let more: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let head = format!(
        "POST /vacancies/jobs.example HTTP/1.1\r\nhost: k\r\nconnection: close\r\ncontent-length: {}\r\n{more}\r\n",
        body.len()
    );
    stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    let body = answer.split("\r\n\r\n").nth(1).unwrap_or_default();
    (status, serde_json::from_str(body).unwrap_or_default())
}

#[tokio::test]
async fn a_push_is_taken_only_signed_in_time_and_once() {
    let tasks = Tasks::new();
    let settings = PushSettings { secret: Secret::new(KEY), secret_file: None };
    let place = place("push", Source::Push(settings));
    let clock = Clock::manual(now());
    let router =
        push::router(&place.settings, &place.stock, clock.clone(), Metrics::default()).unwrap().unwrap();
    let at = serve(router, &tasks).await;
    let body = feed(30);
    let sent = async |timestamp: i64, key: &str, body: &str, secret: &str| {
        let timestamp = timestamp.to_string();
        let signature =
            format!("sha256={}", push::sign(&Secret::new(secret), &timestamp, key, body.as_bytes()));
        let headers = [
            ("x-kopir-timestamp", timestamp.as_str()),
            ("x-kopir-signature", &signature),
            ("idempotency-key", key),
        ];
        post(at, &headers, body).await
    };
    let seconds = now().0 / 1_000;
    assert_eq!(post(at, &[], &body).await.0, 401);
    assert_eq!(sent(seconds, "a", &body, "another-secret-another-secret-xx").await.0, 401);
    assert_eq!(sent(seconds - 301, "a", &body, KEY).await.0, 401, "too old");
    assert_eq!(place.len(), 0);
    let (status, report) = sent(seconds, "a", &body, KEY).await;
    assert_eq!((status, &report["read"]), (200, &30.into()));
    let full = place.len();
    assert!(full > 20);
    assert_eq!(sent(seconds, "a", &body, KEY).await, (200, report), "the same again is answered as before");
    assert_eq!(sent(seconds, "a", &feed(5), KEY).await.0, 409);
    assert_eq!(sent(seconds, "b", "{\n", KEY).await.0, 422);
    assert_eq!(sent(seconds, "c", &feed(5), KEY).await.0, 200);
    assert_eq!(place.len(), full, "a part closes nothing");
    clock.advance(Duration::from_secs(3_600));
    assert_eq!(sent(seconds, "a", &body, KEY).await.0, 401, "an old sending cannot be played again");
    tasks.stop();
}
