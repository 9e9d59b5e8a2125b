//! What a case measured, as a line and as JSON; CPU and memory of a process as Linux tells them.

use kopir::simulator::load::Report;
use serde::Serialize;

/// Above the lines.
pub(crate) const HEAD: &str = "case                                      /s    dlg/s   p50 ms   p99 ms   max ms  gw s/1k  redis/1k  rss MB  lost  dup  failed  missed";

/// A process by its number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Process(pub(crate) u32);

impl Process {
    /// CPU seconds so far, user and system.
    pub(crate) fn cpu(self) -> f64 {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.0)).expect("the process runs");
        let (_, fields) = stat.rsplit_once(") ").expect("Linux");
        let ticks: f64 =
            fields.split(' ').skip(11).take(2).map(|ticks| ticks.parse::<f64>().expect("Linux")).sum();
        ticks / 100.0
    }

    /// Resident memory.
    pub(crate) fn rss_mb(self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0)).expect("the process runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux");
        let kib: f64 = line.trim().trim_end_matches(" kB").parse().expect("Linux");
        kib / 1024.0
    }
}

/// A gateway's start.
#[derive(Debug, Serialize)]
pub(crate) struct Start {
    pub(crate) store: String,
    /// From its start to its first bind.
    pub(crate) bind_ms: f64,
    /// One second later.
    pub(crate) idle_rss_mb: f64,
}

impl Start {
    pub(crate) fn line(&self) -> String {
        format!(
            "{:<10} start to first bind {:.0} ms, idle {:.1} MB",
            self.store, self.bind_ms, self.idle_rss_mb
        )
    }
}

/// One case.
#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    case: String,
    per_s: f64,
    dialogues_per_s: f64,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
    gateway_cpu_s_per_1000: f64,
    redis_cpu_s_per_1000: f64,
    gateway_rss_mb: f64,
    lost: u64,
    duplicates: u64,
    failed: u64,
    missed: u64,
}

impl Figures {
    pub(crate) fn new(case: String, report: &Report, gateway: f64, redis: f64, rss_mb: f64) -> Self {
        let (secs, thousands) = (report.took_ms.max(1) as f64 / 1e3, report.answers.max(1) as f64 / 1e3);
        let ms = |us: u64| us as f64 / 1e3;
        Self {
            case,
            per_s: report.answers as f64 / secs,
            dialogues_per_s: report.dialogues as f64 / secs,
            p50_ms: ms(report.p50_us),
            p99_ms: ms(report.p99_us),
            max_ms: ms(report.max_us),
            gateway_cpu_s_per_1000: gateway / thousands,
            redis_cpu_s_per_1000: redis / thousands,
            gateway_rss_mb: rss_mb,
            lost: report.lost,
            duplicates: report.duplicates,
            failed: report.failed,
            missed: report.missed,
        }
    }

    pub(crate) fn line(&self) -> String {
        format!(
            "{:<34} {:>9.0} {:>8.0} {:>8.2} {:>8.2} {:>8.2} {:>8.4} {:>9.4} {:>7.1} {:>5} {:>4} {:>7} {:>7}",
            self.case,
            self.per_s,
            self.dialogues_per_s,
            self.p50_ms,
            self.p99_ms,
            self.max_ms,
            self.gateway_cpu_s_per_1000,
            self.redis_cpu_s_per_1000,
            self.gateway_rss_mb,
            self.lost,
            self.duplicates,
            self.failed,
            self.missed,
        )
    }
}
