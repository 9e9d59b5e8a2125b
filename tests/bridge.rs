//! The whole bridge: the real gateway, a simulated network over real TCP, real stores, and what goes wrong between them.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test may end, and measures the time of other processes"
)]

#[path = "bridge/alerts.rs"]
mod alerts;
#[path = "bridge/backlog.rs"]
mod backlog;
#[path = "bridge/bulk.rs"]
mod bulk;
#[path = "bridge/copies.rs"]
mod copies;
#[path = "bridge/desk.rs"]
mod desk;
#[path = "bridge/dialogue.rs"]
mod dialogue;
#[path = "bridge/echoes.rs"]
mod echoes;
#[path = "bridge/http.rs"]
mod http;
#[path = "bridge/kills/mod.rs"]
mod kills;
#[path = "bridge/kiosk.rs"]
mod kiosk;
#[path = "bridge/kiosk_doc.rs"]
mod kiosk_doc;
#[path = "bridge/office.rs"]
mod office;
#[path = "bridge/outage.rs"]
mod outage;
#[path = "bridge/pinned.rs"]
mod pinned;
#[path = "bridge/privacy.rs"]
mod privacy;
#[path = "bridge/program.rs"]
mod program;
#[path = "bridge/pushes.rs"]
mod pushes;
#[path = "bridge/receipts.rs"]
mod receipts;
#[path = "support/redis_server.rs"]
#[expect(dead_code, reason = "only the stores' own tests look into its folder")]
mod redis_server;
#[path = "bridge/retention.rs"]
mod retention;
#[path = "bridge/rig.rs"]
mod rig;
#[path = "bridge/rights.rs"]
mod rights;
#[path = "bridge/rotated.rs"]
mod rotated;
#[path = "bridge/shared.rs"]
mod shared;
