//! `kopir jobs`: vacancies read from a file, on trial or for good; and a sample feed.

use super::{FOUND, OK, WRONG, out};
use crate::adapters::vacancies::{self, Outcome, Stock, folder, snapshot};
use crate::clock::Clock;
use crate::config;
use crate::domain::vacancy::feed::Form;
use crate::domain::vacancy::import::{Batch, import};
use crate::domain::vacancy::posting::Reading;
use crate::domain::vacancy::shelf::Shelf;
use crate::simulator::vacancies::{page, postings};
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Import vacancies, or write a sample feed.
#[derive(Debug, Args)]
pub(super) struct Jobs {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    Import(Import),
    Sample(Sample),
}

/// Read a feed (JSON, NDJSON, CSV, or a page with JSON-LD) and say of every posting what became of it.
///
/// Exit codes: 0 all were taken, 1 some were put aside, 2 it could not be taken over.
#[derive(Debug, Args)]
struct Import {
    /// The feed.
    file: PathBuf,
    /// Only read and report; nothing is changed.
    #[arg(long)]
    dry_run: bool,
    /// The name of the source, as people are told it.
    #[arg(long, default_value = "import")]
    source: String,
    /// The feed lists some of the source's vacancies, not all: what it leaves out stays open.
    #[arg(long)]
    part: bool,
    /// Where it was found; a page's vacancy has its id from there.
    #[arg(long)]
    url: Option<String>,
    /// The report as JSON.
    #[arg(long)]
    json: bool,
    /// The configuration, which names the folder of vacancies.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

/// Write a sample feed to standard output: all regions, real occupation codes, some faulty as real ones are.
#[derive(Debug, Args)]
struct Sample {
    /// How many.
    #[arg(long, default_value_t = 5_000)]
    count: u32,
    /// The same number gives the same feed.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// In what form; html writes the page of the first one alone.
    #[arg(long, value_enum, default_value = "ndjson")]
    form: SampleForm,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum SampleForm {
    Ndjson,
    Json,
    Html,
}

impl Jobs {
    pub(super) fn run(&self) -> anyhow::Result<u8> {
        match &self.what {
            What::Import(import) => import.run(),
            What::Sample(sample) => sample.run(),
        }
    }
}

impl Import {
    fn run(&self) -> anyhow::Result<u8> {
        let settings = self.settings()?;
        let today = Clock::System.now().date();
        let (text, form) = folder::open(&self.file, settings.feed_max_mib)?;
        let name = self.file.file_name().unwrap_or_default().to_string_lossy();
        let url = self.url.as_deref().or((form == Form::Html).then_some(name.as_ref()));
        let reading = Reading { source: &self.source, url, today };
        let batch = import(form, &text, reading);
        let whole = !self.part && form != Form::Html;
        let outcome =
            if self.dry_run { trial(batch, whole, &settings)? } else { take(batch, whole, &settings)? };
        if self.json {
            out::say(&serde_json::to_string(&outcome)?);
        } else {
            tell(&outcome, self.dry_run);
        }
        // On trial the report comes first: it says why the feed would be refused.
        if let Err(refused) = vacancies::refuse_bad(&outcome.report, settings.bad_max_percent) {
            out::told(&format!("kopir: {refused}"));
            return Ok(WRONG);
        }
        Ok(if outcome.report.put_aside_in_all() > 0 { FOUND } else { OK })
    }

    fn settings(&self) -> anyhow::Result<vacancies::settings::VacancySettings> {
        let loaded = config::load(self.config.as_deref(), std::env::vars());
        let loaded = loaded.map_err(|problems| {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            anyhow::Error::msg(lines.join("\n"))
        });
        Ok(loaded?.vacancies)
    }
}

/// What would be on the shelf; only the snapshot is looked at.
fn trial(
    batch: Batch,
    whole: bool,
    settings: &vacancies::settings::VacancySettings,
) -> anyhow::Result<Outcome> {
    let before = match snapshot::stamp(&settings.folder) {
        Some(_) => snapshot::read(&settings.folder)?,
        None => Shelf::default(),
    };
    let (_, shelf) = vacancies::shelved(&before, &batch, whole);
    Ok(Outcome { report: batch.report, shelf })
}

fn take(
    batch: Batch,
    whole: bool,
    settings: &vacancies::settings::VacancySettings,
) -> anyhow::Result<Outcome> {
    let stock = Stock::unwatched(settings)?;
    Ok(stock.take(batch, whole)?)
}

fn tell(outcome: &Outcome, trial: bool) {
    let Outcome { report, shelf } = outcome;
    let aside = report.put_aside_in_all();
    let (read, taken, repeated) = (report.read, report.taken, report.repeated);
    out::say(&format!("{read} read, {taken} taken, {repeated} repeated, {aside} put aside"));
    for (reason, count) in &report.aside {
        out::say(&format!("  {count:>6} {reason}"));
    }
    for one in &report.shown {
        out::say(&format!("  {}: {}", one.at, one.told));
    }
    let known = report.known;
    out::say(&format!(
        "stated: region {}, trade {}, pay {}, housing {}, foreigners {}",
        known.region, known.trade, known.pay, known.housing, known.foreigners
    ));
    out::say(&format!(
        "{}: {} open, {} the same as another, {} beyond the bound, {} closed and remembered",
        if trial { "the shelf would be" } else { "the shelf" },
        shelf.open,
        shelf.same,
        shelf.beyond,
        shelf.closed
    ));
}

impl Sample {
    fn run(&self) -> anyhow::Result<u8> {
        let today = Clock::System.now().date();
        let mut all = postings(self.seed, self.count, today);
        match self.form {
            SampleForm::Ndjson => all.for_each(|posting| out::say(&posting.to_string())),
            SampleForm::Json => out::say(&serde_json::to_string(&all.collect::<Vec<_>>())?),
            SampleForm::Html => {
                if let Some(first) = all.next() {
                    out::say(&page(&first));
                }
            }
        }
        Ok(OK)
    }
}
