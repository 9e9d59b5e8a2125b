//! The desk of the demo: users that are thrown away with it, and a few tickets of people who are nobody.

use crate::adapters::desk::password;
use crate::adapters::desk::users::{self, Role, User, UsersError};
use crate::app::App;
use crate::domain::address::Msisdn;
use crate::domain::delivery::Proof;
use crate::domain::lang::{Lang, Script};
use crate::domain::session::Phone;
use crate::domain::ticket::{Queue, Ticket, TicketState};
use crate::domain::time::Timestamp;
use crate::simulator::phone::Desk;
use anyhow::Context;
use core::time::Duration;
use std::net::SocketAddr;
use std::path::Path;

/// Makes one user a role, named like it; the password they share.
pub(super) fn users(file: &Path) -> anyhow::Result<String> {
    let mut bytes = [0; 5];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no randomness: {error}"))?;
    let password = format!("sample-{}", hex::encode(bytes));
    let hash = password::hash(&password)?;
    users::change::<UsersError>(file, |users| {
        for role in Role::ALL {
            let user = User { role, language: Lang::En, password: hash.clone() };
            users.insert(role.name().to_owned(), user);
        }
        Ok(())
    })?;
    Ok(password)
}

/// The desk as the phone page tells of it.
pub(super) fn door(at: SocketAddr, password: &str) -> Desk {
    Desk {
        url: format!("http://{at}/desk"),
        users: Role::ALL.iter().map(|role| role.name()).collect(),
        password: password.to_owned(),
        dial: "*100*54#",
        word: "zvonok",
    }
}

/// What one of the sample people asked.
struct Sample {
    no: &'static str,
    msisdn: &'static str,
    queue: Queue,
    topic: &'static str,
    lang: Lang,
    phone: Phone,
    sms_wanted: bool,
    safe: Option<(u16, u16)>,
    text: Option<&'static str>,
    minutes_ago: i64,
}

/// All of them. Their numbers are those of the phone page's people, so that an answer is seen there.
const SAMPLES: [Sample; 5] = [
    Sample {
        no: "48210637",
        msisdn: "998901234567",
        queue: Queue::CallBack,
        topic: "papers",
        lang: Lang::Uz,
        phone: Phone::Own,
        sms_wanted: true,
        safe: Some((9 * 60, 21 * 60)),
        text: None,
        minutes_ago: 47,
    },
    Sample {
        no: "70934415",
        msisdn: "992927771122",
        queue: Queue::Case,
        topic: "pay",
        lang: Lang::Tg,
        phone: Phone::Own,
        sms_wanted: false,
        safe: None,
        text: Some("Корфармо се моҳ боз маош намедиҳад. Мо дувоздаҳ кас ҳастем."),
        minutes_ago: 200,
    },
    Sample {
        no: "15580294",
        msisdn: "77015550123",
        queue: Queue::Danger,
        topic: "danger",
        lang: Lang::Uz,
        phone: Phone::Borrowed,
        sms_wanted: false,
        safe: Some((12 * 60, 13 * 60)),
        text: None,
        minutes_ago: 12,
    },
    Sample {
        no: "63307128",
        msisdn: "79165550147",
        queue: Queue::Complaint,
        topic: "service",
        lang: Lang::Ru,
        phone: Phone::Own,
        sms_wanted: false,
        safe: None,
        text: Some("Две недели жду звонка. <b>Никто</b> не перезвонил & не написал."),
        minutes_ago: 26 * 60,
    },
    Sample {
        no: "29461850",
        msisdn: "996555120340",
        queue: Queue::CallBack,
        topic: "work",
        lang: Lang::Ky,
        phone: Phone::Unknown,
        sms_wanted: false,
        safe: None,
        text: None,
        minutes_ago: 5,
    },
];

/// After so long a sample is due.
const DUE_AFTER: Duration = Duration::from_secs(2 * 3_600);

/// Puts the samples up.
pub(super) async fn tickets(app: &App, short: &str) -> anyhow::Result<()> {
    let parts = app.gateway.parts();
    let now = parts.clock.now();
    for sample in &SAMPLES {
        let number = Msisdn::parse(sample.msisdn)?;
        let created = Timestamp(now.0.saturating_sub(sample.minutes_ago.saturating_mul(60_000)));
        let ticket = Ticket {
            no: sample.no.to_owned(),
            person: parts.persons.person(&number),
            number,
            link: "demo".into(),
            queue: sample.queue,
            topic: sample.topic.to_owned(),
            lang: sample.lang,
            script: Script::Native,
            from: short.to_owned(),
            sms_wanted: sample.sms_wanted,
            phone: sample.phone,
            safe: sample.safe,
            text: sample.text.map(str::to_owned),
            created,
            due: created.plus(DUE_AFTER),
            proof: Proof::default(),
            state: TicketState::Open,
            escalated: false,
            acts: Vec::new(),
        };
        app.gateway.board().open(&ticket).await.context("a sample ticket could not be put up")?;
    }
    Ok(())
}
