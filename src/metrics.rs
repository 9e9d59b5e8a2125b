//! The figures of one process, named as Prometheus users expect; a label never says anything about a person.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// One label: a configured name (link, service, lane, route).
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct Name {
    /// The configured name.
    pub name: String,
}

/// Two labels: a configured name and one word of a closed list.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct NameKind {
    /// The configured name.
    pub name: String,
    /// The word.
    pub kind: &'static str,
}

/// A counter by name and kind.
pub type Counters = Family<NameKind, Counter>;
/// A gauge by name.
pub type Gauges = Family<Name, Gauge>;
/// Durations by name.
pub type Durations = Family<Name, Histogram, fn() -> Histogram>;

/// All figures. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Metrics {
    /// Turns by link and outcome (`shown`, `replayed`, `waiting`, `refused`, `busy`).
    pub turns: Counters,
    /// Seconds from inbound to committed reply, by link.
    pub turn_seconds: Durations,
    /// Dialogues ended by link and reason (`end`, `abort`, `expired`, `replaced`, `error`).
    pub dialogues_ended: Counters,
    /// Screens that did not fit their pages, by menu.
    pub over_budget: Counters,
    /// PDUs by link and kind (`in`, `out`, `refused`, `unasked`; acknowledged aside: `receipt`, `not_a_number`, `op_without_text`).
    pub pdus: Counters,
    /// PDU faults survived, by link and kind (`body`, `length`, `unknown`, `late_response`, `no_response`, `tlv`, `early`,
    /// `unwritten`, `unwritable`, `page_dropped`).
    pub pdu_faults: Counters,
    /// 1 while a link is bound.
    pub bound: Gauges,
    /// Requests in a link's window.
    pub window: Gauges,
    /// Seconds from request to response, by link.
    pub response_seconds: Durations,
    /// Reconnects by link.
    pub reconnects: Counters,
    /// Parts of long messages by link and outcome (`held`, `joined`, `known`, `timed_out`, `dropped`).
    pub joins: Counters,
    /// Store operations by name and outcome (`ok`, `replay`, `conflict`, `away`, `unknown`, `quarantined`).
    pub store: Counters,
    /// Seconds of store operations.
    pub store_seconds: Durations,
    /// Upstream calls by service and outcome.
    pub upstream: Counters,
    /// Seconds of upstream calls.
    pub upstream_seconds: Durations,
    /// 1 while a service's breaker is open.
    pub breaker: Gauges,
    /// Rows by purpose or link and change (`queued`, `sending`, `accepted`, `failed`, `expired`, `maybe_dup` …).
    pub rows: Counters,
    /// Rows and dues owed, by lane.
    pub owed: Gauges,
    /// HTTP requests by route and outcome.
    pub http: Counters,
}

fn seconds() -> Histogram {
    Histogram::new([0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0])
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            turns: Family::default(),
            turn_seconds: Family::new_with_constructor(seconds),
            dialogues_ended: Family::default(),
            over_budget: Family::default(),
            pdus: Family::default(),
            pdu_faults: Family::default(),
            bound: Family::default(),
            window: Family::default(),
            response_seconds: Family::new_with_constructor(seconds),
            reconnects: Family::default(),
            joins: Family::default(),
            store: Family::default(),
            store_seconds: Family::new_with_constructor(seconds),
            upstream: Family::default(),
            upstream_seconds: Family::new_with_constructor(seconds),
            breaker: Family::default(),
            rows: Family::default(),
            owed: Family::default(),
            http: Family::default(),
        }
    }
}

impl Metrics {
    /// Registers every figure under the prefix `kopir`.
    pub fn register(&self, registry: &mut Registry) {
        let r = registry.sub_registry_with_prefix("kopir");
        r.register("turns", "Turns by link and outcome", self.turns.clone());
        r.register_with_unit("turn", "Inbound to committed reply", Unit::Seconds, self.turn_seconds.clone());
        r.register("dialogues_ended", "Dialogues ended by link and reason", self.dialogues_ended.clone());
        r.register("over_budget", "Screens that did not fit", self.over_budget.clone());
        r.register("smpp_pdus", "PDUs by link and direction", self.pdus.clone());
        r.register("smpp_pdu_faults", "PDU faults survived", self.pdu_faults.clone());
        r.register("smpp_bound", "Whether a link is bound", self.bound.clone());
        r.register("smpp_window_in_use", "Requests in a link's window", self.window.clone());
        r.register_with_unit(
            "smpp_response",
            "Request to response",
            Unit::Seconds,
            self.response_seconds.clone(),
        );
        r.register("smpp_reconnects", "Reconnects by link and reason", self.reconnects.clone());
        r.register("smpp_joins", "Parts of long messages", self.joins.clone());
        r.register("store_operations", "Store operations by outcome", self.store.clone());
        r.register_with_unit(
            "store_operation",
            "Store operations",
            Unit::Seconds,
            self.store_seconds.clone(),
        );
        r.register("upstream_calls", "Upstream calls by service and outcome", self.upstream.clone());
        r.register_with_unit("upstream_call", "Upstream calls", Unit::Seconds, self.upstream_seconds.clone());
        r.register("upstream_breaker_open", "Whether a breaker is open", self.breaker.clone());
        r.register("outbox_rows", "Changes of rows", self.rows.clone());
        r.register("outbox_owed", "Rows and dues owed by lane", self.owed.clone());
        r.register("http_requests", "HTTP requests by route and outcome", self.http.clone());
    }

    /// Adds one to a counter.
    pub fn count(family: &Counters, name: &str, kind: &'static str) {
        family.get_or_create(&NameKind { name: name.to_owned(), kind }).inc();
    }

    /// Notes a duration.
    pub fn took(family: &Durations, name: &str, took: core::time::Duration) {
        family.get_or_create(&Name { name: name.to_owned() }).observe(took.as_secs_f64());
    }

    /// Sets a gauge.
    pub fn set(family: &Gauges, name: &str, value: i64) {
        family.get_or_create(&Name { name: name.to_owned() }).set(value);
    }
}
