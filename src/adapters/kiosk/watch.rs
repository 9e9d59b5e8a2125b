//! The server's own end of visits: what nobody is heard of is erased, and everything at an orderly stop.

use super::Kiosk;
use core::time::Duration;
use std::sync::Arc;

/// How often visits are looked at. With the leeway in `silent_after` a silent one is over within five seconds.
const LOOK: Duration = Duration::from_secs(1);

/// Ends silent visits until the process stops; then all.
pub async fn watch(kiosk: Arc<Kiosk>) {
    let mut stopping = kiosk.host.tasks.stopping();
    loop {
        tokio::select! {
            () = stopping.wait() => break,
            () = tokio::time::sleep(LOOK) => {}
        }
        let now = kiosk.host.clock.now();
        for _ in 0..kiosk.table(|visits| visits.end_silent(now)) {
            kiosk.count("idle");
        }
        erase(&kiosk);
    }
    for _ in 0..kiosk.table(|visits| visits.end_every()) {
        kiosk.count("stopped");
    }
    erase(&kiosk);
}

/// Also those of which an earlier try failed.
fn erase(kiosk: &Arc<Kiosk>) {
    for key in kiosk.table(|visits| visits.to_erase()) {
        drop(kiosk.erase(&key));
    }
}
