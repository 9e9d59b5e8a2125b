//! `kopir serve` as a process of its own, in a folder of its own, with the bench's menus; killed when dropped.

use crate::redis_server::Folder;
use crate::table::Process;
use std::fmt::Write as _;
use std::io::Write as _;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// The code of both USSD bearers.
pub(crate) const CODE: &str = "*100#";
/// The short number.
pub(crate) const SHORT: &str = "5522";

/// A running gateway.
pub(crate) struct Gateway {
    child: Child,
    started: Instant,
    /// Where HTTP dialogues are taken.
    pub(crate) http: SocketAddr,
    _folder: Folder,
}

impl Gateway {
    /// Starts a gateway that binds to `smsc`; on the embedded store without `redis`.
    pub(crate) fn start(smsc: SocketAddr, redis: Option<String>) -> Self {
        let folder = Folder::new();
        let here = Path::new(env!("CARGO_MANIFEST_DIR"));
        let menus = folder.path().join("menus");
        copy(&here.join("benches/menus"), &menus);
        for shared in ["phrases", "reference"] {
            copy(&here.join("menus").join(shared), &menus.join(shared));
        }
        let http = free();
        let config = folder.path().join("kopir.toml");
        std::fs::write(&config, text(folder.path(), smsc, http, redis)).expect("a folder to write into");
        let mut command = Command::new(env!("CARGO_BIN_EXE_kopir"));
        command.args(["serve", "--config"]).arg(&config).stdin(Stdio::null()).stdout(Stdio::null());
        #[expect(clippy::disallowed_methods, reason = "a bench has no other clock")]
        let started = Instant::now();
        let child = command.spawn().expect("the gateway's program");
        Self { child, started, http, _folder: folder }
    }

    /// The process.
    pub(crate) fn process(&self) -> Process {
        Process(self.child.id())
    }

    /// Milliseconds since it was started.
    pub(crate) fn since_start_ms(&self) -> f64 {
        self.started.elapsed().as_secs_f64() * 1e3
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

fn free() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .expect("a free port")
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a folder to write into");
    for entry in std::fs::read_dir(from).expect("the project's menus") {
        let path = entry.expect("the project's menus").path();
        let to = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &to);
        } else {
            std::fs::copy(&path, &to).expect("a folder to write into");
        }
    }
}

/// A file that nobody else may read; the gateway refuses keys that others can.
fn secret(path: &Path, text: &str) {
    let mut options = std::fs::OpenOptions::new();
    let mut file =
        options.create_new(true).write(true).mode(0o600).open(path).expect("a folder to write into");
    file.write_all(text.as_bytes()).expect("a folder to write into");
}

fn text(folder: &Path, smsc: SocketAddr, http: SocketAddr, redis: Option<String>) -> String {
    let path = |name: &str| serde_json::Value::from(folder.join(name).display().to_string()).to_string();
    let mut text = format!(
        r#"
[log]
filter = "warn"
[admin]
listen = "127.0.0.1:0"
[menus]
folder = {menus}
allow_unreviewed = true
[cdr]
folder = {cdr}
[audit]
folder = {audit}
[http]
listen = "{http}"
[ussd_http.routes.at]
dialect = "africas-talking"
code = "{CODE}"
allow_from = ["127.0.0.0/8"]
[smpp.links.bench]
host = "127.0.0.1"
port = {port}
system_id = "kopir"
password = "secret08"
carries = ["ussd", "sms"]
window_pdus = 64
[smpp.links.bench.ussd]
dialect = "spec"
code = "{CODE}"
[smpp.links.bench.sms]
short = "{SHORT}"
[store]
path = {store}
"#,
        menus = path("menus"),
        cdr = path("cdr"),
        audit = path("audit"),
        port = smsc.port(),
        store = path("bench.redb"),
    );
    if let Some(url) = redis {
        writeln!(text, "kind = \"redis\"\nurl = \"{url}\"").expect("a string");
        for (name, digit) in [("partition", "1"), ("id", "2"), ("seal", "3")] {
            let file = format!("{name}.key");
            secret(&folder.join(&file), &digit.repeat(64));
            writeln!(text, "{name}_key_file = {}", path(&file)).expect("a string");
        }
    }
    text
}
