//! One conformance suite for both stores, and what only one of them can show.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test may end, and shows its figures"
)]

/// Each case over both stores: with a rig lent, or (`own:`) given away.
macro_rules! both {
    (own: $($case:ident),* $(,)?) => {
        mod in_embedded {
            $(#[tokio::test] async fn $case() { super::$case(super::Rig::embedded().await).await; })*
        }
        mod in_redis {
            $(#[tokio::test] async fn $case() { super::$case(super::Rig::redis().await).await; })*
        }
    };
    ($($case:ident),* $(,)?) => {
        mod in_embedded {
            $(#[tokio::test] async fn $case() { super::$case(&mut super::Rig::embedded().await).await; })*
        }
        mod in_redis {
            $(#[tokio::test] async fn $case() { super::$case(&mut super::Rig::redis().await).await; })*
        }
    };
}

#[path = "store/board.rs"]
mod board;
#[path = "store/conformance.rs"]
mod conformance;
#[path = "store/copies.rs"]
mod copies;
#[path = "store/deletion.rs"]
mod deletion;
#[path = "store/desk.rs"]
mod desk;
#[path = "store/embedded.rs"]
mod embedded;
#[path = "store/receipts.rs"]
mod receipts;
#[path = "store/redis.rs"]
mod redis;
#[path = "support/redis_server.rs"]
#[expect(dead_code, reason = "only the bench asks for the process")]
mod redis_server;
#[path = "store/rig.rs"]
mod rig;
#[path = "store/trail.rs"]
mod trail;
#[path = "store/visits.rs"]
mod visits;
