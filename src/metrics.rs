//! The figures of one process, named as Prometheus users expect; a label never says anything about a person.

use core::hash::{Hash, Hasher};
use prometheus_client::encoding::{EncodeLabel, EncodeLabelSet, LabelSetEncoder};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::{Family, MetricConstructor};
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::{Registry, Unit};

/// What is counted under: a configured name (link, service, operation).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// The configured name.
    pub name: String,
}

/// What is counted under: a configured name and one word of a closed list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameKind {
    /// The configured name.
    pub name: String,
    /// The word.
    pub kind: &'static str,
}

/// Label names and values; the names are the same in a whole family.
#[derive(Clone, Debug)]
struct Labels {
    keys: (&'static str, &'static str),
    name: String,
    kind: &'static str,
}

impl PartialEq for Labels {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.name == other.name
    }
}

impl Eq for Labels {}

impl Hash for Labels {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.kind.hash(state);
    }
}

impl EncodeLabelSet for Labels {
    fn encode(&self, encoder: &mut LabelSetEncoder<'_>) -> Result<(), core::fmt::Error> {
        (self.keys.0, self.name.as_str()).encode(encoder.encode_label())?;
        if self.keys.1.is_empty() {
            return Ok(());
        }
        (self.keys.1, self.kind).encode(encoder.encode_label())
    }
}

/// Counters of one figure, by name and kind, under label names of their own.
#[derive(Clone, Debug)]
pub struct Counters {
    family: Family<Labels, Counter>,
    keys: (&'static str, &'static str),
}

impl Counters {
    fn by(name: &'static str, kind: &'static str) -> Self {
        Self { family: Family::default(), keys: (name, kind) }
    }

    /// The counter of `of`; a handle that may be kept.
    #[must_use]
    pub fn get_or_create(&self, of: &NameKind) -> Counter {
        self.family.get_or_create_owned(&Labels { keys: self.keys, name: of.name.clone(), kind: of.kind })
    }
}

/// A figure by name: gauges or durations.
#[derive(Clone, Debug)]
pub struct Figures<M, C = fn() -> M> {
    family: Family<Labels, M, C>,
    key: &'static str,
}

impl<M: Clone, C: MetricConstructor<M>> Figures<M, C> {
    /// The figure of `of`; a handle that may be kept.
    #[must_use]
    pub fn get_or_create(&self, of: &Name) -> M {
        self.family.get_or_create_owned(&Labels { keys: (self.key, ""), name: of.name.clone(), kind: "" })
    }
}

/// Gauges by name and kind.
#[derive(Clone, Debug)]
pub struct Tallies {
    family: Family<Labels, Gauge>,
    keys: (&'static str, &'static str),
}

impl Tallies {
    fn by(name: &'static str, kind: &'static str) -> Self {
        Self { family: Family::default(), keys: (name, kind) }
    }
}

/// A gauge by name.
pub type Gauges = Figures<Gauge>;
/// Durations by name.
pub type Durations = Figures<Histogram>;

fn gauges(key: &'static str) -> Gauges {
    Figures { family: Family::new_with_constructor(Gauge::default), key }
}

fn durations(key: &'static str) -> Durations {
    Figures { family: Family::new_with_constructor(seconds), key }
}

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
    /// Rows by purpose or link and change (`queued`, `sending`, `accepted`, `failed`, `expired`, `maybe_dup`, `held`
    /// with its reason `held_by_window`, `stopped`, `capped`, `prefix_capped`, `looped` or `over_budget` …).
    pub rows: Counters,
    /// Texts that failed for good, by link and class.
    pub failed: Counters,
    /// Rows and dues owed, by lane; `parked_receipts` are receipts that wait for their id.
    pub owed: Gauges,
    /// Seconds since the oldest that is due should have left, by lane.
    pub owed_age: Gauges,
    /// Stopped pushes: `all` is 1 while all are, `any` counts switches that are off.
    pub pushes_stopped: Gauges,
    /// Receipts by link and what became of them (`matched`, `parked`, `orphaned`, `ambiguous`, `dropped`, `gone`, `nameless`,
    /// `underway`, `unknown`, `busy`, `refused`).
    pub receipts: Counters,
    /// PDUs a second at which a link is fed now; 0 is without limit.
    pub link_rate: Gauges,
    /// HTTP requests by route and outcome.
    pub http: Counters,
    /// Postings of feeds by source and what became of them (`imported`, `repeated`, `malformed`, `missing`, `unreadable`, `expired`,
    /// `archived`, `too-many`).
    pub vacancies: Counters,
    /// Open vacancies on the shelf.
    pub vacancies_open: Gauges,
    /// Looks at subscriptions to alerts by what came of them, and whether what they would name still stands.
    pub alerts: Counters,
    /// How long a look takes.
    pub alert_seconds: Durations,
    /// Tickets that are not closed, by queue and state (`open`, `claimed`, `called`; `escalated` beside these).
    pub tickets: Tallies,
    /// Seconds since the oldest of them was asked, by queue and state.
    pub ticket_age: Tallies,
    /// Changes of tickets by queue and kind (`opened`, `claimed`, `shown`, `escalated`, `closed`, `texted` …).
    pub ticket_changes: Counters,
    /// Visits to a device that many use, by device and event (`begun`, `finished`, `idle`, `stopped`, `full`, `refused`,
    /// `turn`, `waiting`, `unavailable`, `carried`, `rung`, `printed`).
    pub visits: Counters,
}

fn seconds() -> Histogram {
    Histogram::new([0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0])
}

impl Default for Metrics {
    fn default() -> Self {
        Self {
            turns: Counters::by("link", "outcome"),
            turn_seconds: durations("link"),
            dialogues_ended: Counters::by("link", "reason"),
            over_budget: Counters::by("menu", "kind"),
            pdus: Counters::by("link", "direction"),
            pdu_faults: Counters::by("link", "kind"),
            bound: gauges("link"),
            window: gauges("link"),
            response_seconds: durations("link"),
            reconnects: Counters::by("link", "reason"),
            joins: Counters::by("link", "outcome"),
            store: Counters::by("operation", "outcome"),
            store_seconds: durations("operation"),
            upstream: Counters::by("service", "outcome"),
            upstream_seconds: durations("service"),
            breaker: gauges("service"),
            rows: Counters::by("link", "change"),
            failed: Counters::by("link", "class"),
            owed: gauges("lane"),
            owed_age: gauges("lane"),
            pushes_stopped: gauges("scope"),
            receipts: Counters::by("link", "outcome"),
            link_rate: gauges("link"),
            http: Counters::by("route", "outcome"),
            vacancies: Counters::by("source", "outcome"),
            vacancies_open: gauges("scope"),
            alerts: Counters::by("what", "outcome"),
            alert_seconds: durations("what"),
            tickets: Tallies::by("queue", "state"),
            ticket_age: Tallies::by("queue", "state"),
            ticket_changes: Counters::by("queue", "change"),
            visits: Counters::by("device", "event"),
        }
    }
}

impl Metrics {
    /// Registers every figure under the prefix `kopir`.
    pub fn register(&self, registry: &mut Registry) {
        let r = registry.sub_registry_with_prefix("kopir");
        let build = Family::<Labels, Gauge>::default();
        let version = Labels { keys: ("version", ""), name: env!("CARGO_PKG_VERSION").to_owned(), kind: "" };
        build.get_or_create(&version).set(1);
        r.register("build_info", "The version that runs", build);
        r.register("turns", "Turns by link and outcome", self.turns.family.clone());
        r.register_with_unit(
            "turn",
            "Inbound to committed reply",
            Unit::Seconds,
            self.turn_seconds.family.clone(),
        );
        r.register(
            "dialogues_ended",
            "Dialogues ended by link and reason",
            self.dialogues_ended.family.clone(),
        );
        r.register("over_budget", "Screens that did not fit", self.over_budget.family.clone());
        r.register("smpp_pdus", "PDUs by link and direction", self.pdus.family.clone());
        r.register("smpp_pdu_faults", "PDU faults survived", self.pdu_faults.family.clone());
        r.register("smpp_bound", "Whether a link is bound", self.bound.family.clone());
        r.register("link_up", "Whether a link is bound both ways", self.bound.family.clone());
        r.register("smpp_window_in_use", "Requests in a link's window", self.window.family.clone());
        r.register_with_unit(
            "smpp_response",
            "Request to response",
            Unit::Seconds,
            self.response_seconds.family.clone(),
        );
        r.register("smpp_reconnects", "Reconnects by link and reason", self.reconnects.family.clone());
        r.register("smpp_joins", "Parts of long messages", self.joins.family.clone());
        r.register("store_operations", "Store operations by outcome", self.store.family.clone());
        r.register_with_unit(
            "store_operation",
            "Store operations",
            Unit::Seconds,
            self.store_seconds.family.clone(),
        );
        r.register("upstream_calls", "Upstream calls by service and outcome", self.upstream.family.clone());
        r.register_with_unit(
            "upstream_call",
            "Upstream calls",
            Unit::Seconds,
            self.upstream_seconds.family.clone(),
        );
        r.register("upstream_breaker_open", "Whether a breaker is open", self.breaker.family.clone());
        r.register("outbox_rows", "Changes of rows", self.rows.family.clone());
        r.register("receipts", "Delivery receipts by link and outcome", self.receipts.family.clone());
        r.register("link_rate_pdus", "PDUs a second a link is fed at now", self.link_rate.family.clone());
        r.register("outbox_owed", "Rows and dues owed by lane", self.owed.family.clone());
        r.register("outbox_failed", "Texts that failed for good", self.failed.family.clone());
        r.register_with_unit(
            "outbox_oldest",
            "Since when the oldest due waits",
            Unit::Seconds,
            self.owed_age.family.clone(),
        );
        r.register("pushes_stopped", "Whether pushes are stopped", self.pushes_stopped.family.clone());
        r.register("http_requests", "HTTP requests by route and outcome", self.http.family.clone());
        self.register_work(r);
    }

    /// What is not of links and turns: vacancies, tickets, visits.
    fn register_work(&self, r: &mut Registry) {
        r.register("vacancies_read", "Postings by source and outcome", self.vacancies.family.clone());
        r.register("vacancies_open", "Open vacancies", self.vacancies_open.family.clone());
        r.register("alerts", "Looks at subscriptions and alive checks", self.alerts.family.clone());
        r.register_with_unit(
            "alert_look",
            "A look at a subscription",
            Unit::Seconds,
            self.alert_seconds.family.clone(),
        );
        r.register("tickets", "Tickets not closed by queue and state", self.tickets.family.clone());
        r.register_with_unit(
            "ticket_oldest",
            "Age of the oldest by queue and state",
            Unit::Seconds,
            self.ticket_age.family.clone(),
        );
        r.register("ticket_changes", "Changes of tickets by queue", self.ticket_changes.family.clone());
        r.register("kiosk_visits", "Visits to shared devices by event", self.visits.family.clone());
    }

    /// Adds one to a counter.
    pub fn count(family: &Counters, name: &str, kind: &'static str) {
        family.get_or_create(&NameKind { name: name.to_owned(), kind }).inc();
    }

    /// Notes a duration.
    pub fn took(family: &Durations, name: &str, took: core::time::Duration) {
        family.get_or_create(&Name { name: name.to_owned() }).observe(took.as_secs_f64());
    }

    /// Sets a gauge by name and kind.
    pub fn tally(family: &Tallies, name: &str, kind: &'static str, value: i64) {
        let labels = Labels { keys: family.keys, name: name.to_owned(), kind };
        family.family.get_or_create(&labels).set(value);
    }

    /// Sets a gauge.
    pub fn set(family: &Gauges, name: &str, value: i64) {
        family.get_or_create(&Name { name: name.to_owned() }).set(value);
    }
}
