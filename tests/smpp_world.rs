//! A small SMSC of plain sockets and a link towards it, for tests of links.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "helpers of tests fail loudly"
)]

use kopir::adapters::smpp::link::LinkState;
use kopir::adapters::smpp::settings::{Carries, LinkSettings, SmppSettings};
use kopir::adapters::smpp::{Smpp, TurnFn, start_with};
use kopir::clock::Clock;
use kopir::domain::address::Msisdn;
use kopir::domain::envelope::{Inbound, LinkName, Outbound};
use kopir::gateway::{Refusal, Refused, Turned};
use kopir::metrics::{Metrics, NameKind};
use kopir::ports::{Letter, StoreError};
use kopir::setting::Secret;
use kopir::tasks::Tasks;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

pub(crate) const LIMIT: Duration = Duration::from_secs(15);

/// A frame as it passed: command id, status, sequence, body.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Frame {
    pub(crate) id: u32,
    pub(crate) status: u32,
    pub(crate) sequence: u32,
    pub(crate) body: Vec<u8>,
}

pub(crate) struct Peer {
    pub(crate) stream: TcpStream,
    pub(crate) buffer: Vec<u8>,
}

impl Peer {
    pub(crate) async fn accept(listener: &TcpListener, status: u32) -> (Self, Frame) {
        let (stream, _) = timeout(LIMIT, listener.accept()).await.unwrap().unwrap();
        stream.set_nodelay(true).unwrap();
        let mut peer = Self { stream, buffer: vec![] };
        let bind = peer.read().await;
        peer.write(bind.id | 0x8000_0000, status, bind.sequence, if status == 0 { b"smsc\0" } else { b"" })
            .await;
        (peer, bind)
    }

    pub(crate) async fn raw(&mut self, octets: &[u8]) {
        self.stream.write_all(octets).await.unwrap();
    }

    pub(crate) async fn write(&mut self, id: u32, status: u32, sequence: u32, body: &[u8]) {
        self.raw(&octets(id, status, sequence, body)).await;
    }

    pub(crate) async fn read(&mut self) -> Frame {
        self.next().await.expect("closed")
    }

    /// The next frame; `None` when the other end has closed.
    pub(crate) async fn next(&mut self) -> Option<Frame> {
        loop {
            if let Some(head) = self.buffer.get(..16) {
                let word = |at: usize| u32::from_be_bytes(head[at..at + 4].try_into().unwrap());
                let length = usize::try_from(word(0)).unwrap();
                if self.buffer.len() >= length {
                    let frame = Frame {
                        id: word(4),
                        status: word(8),
                        sequence: word(12),
                        body: self.buffer[16..length].to_vec(),
                    };
                    self.buffer.drain(..length);
                    return Some(frame);
                }
            }
            if timeout(LIMIT, self.stream.read_buf(&mut self.buffer)).await.unwrap().unwrap_or(0) == 0 {
                return None;
            }
        }
    }

    /// Reads until a frame of this id, answering `enquire_link` on the way.
    pub(crate) async fn expect(&mut self, id: u32) -> Frame {
        loop {
            let frame = self.read().await;
            if frame.id == id {
                return frame;
            }
            assert_eq!(frame.id, 0x15, "{frame:?}");
            self.write(0x8000_0015, 0, frame.sequence, b"").await;
        }
    }
}

impl Peer {
    /// Reads until a frame of this id; frames of `other` may come before it.
    pub(crate) async fn expect_among(&mut self, id: u32, other: u32) -> Frame {
        loop {
            let frame = self.read().await;
            if frame.id == id {
                return frame;
            }
            assert_eq!(frame.id, other, "{frame:?}");
        }
    }
}

pub(crate) fn octets(id: u32, status: u32, sequence: u32, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 16).unwrap();
    let head: Vec<u8> = [length, id, status, sequence].iter().flat_map(|word| word.to_be_bytes()).collect();
    [head.as_slice(), body].concat()
}

/// The body of a `deliver_sm` from 77011234567 to 1414.
pub(crate) fn deliver(esm_class: u8, coding: u8, text: &[u8], tlvs: &[u8]) -> Vec<u8> {
    let head = [b"\0\x01\x0177011234567\0\0\x011414\0".as_slice(), &[esm_class, 0, 0, 0, 0, 0, 0, coding, 0]]
        .concat();
    [head.as_slice(), &[u8::try_from(text.len()).unwrap()], text, tlvs].concat()
}

pub(crate) const DIAL: &[u8] = b"\x05\x01\0\x01\x01\x13\x83\0\x02\x05\x02";

pub(crate) struct World {
    pub(crate) listener: TcpListener,
    pub(crate) tasks: Tasks,
    pub(crate) smpp: Smpp,
    pub(crate) metrics: Metrics,
    pub(crate) heard: Arc<Mutex<Vec<Inbound>>>,
}

impl World {
    /// A link to a new listener; `answer` is what the gateway says to each inbound.
    pub(crate) async fn new(
        change: impl FnOnce(&mut LinkSettings),
        answer: impl Fn(&Inbound) -> Result<Turned, Refused> + Send + Sync + 'static,
    ) -> Self {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let note = heard.clone();
        let turn: TurnFn = Arc::new(move |inbound, _profile| {
            let answered = answer(&inbound);
            note.lock().unwrap().push(inbound);
            Box::pin(async move { answered })
        });
        Self::with(change, turn, heard).await
    }

    pub(crate) async fn with(
        change: impl FnOnce(&mut LinkSettings),
        turn: TurnFn,
        heard: Arc<Mutex<Vec<Inbound>>>,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut link = towards(&listener);
        change(&mut link);
        let settings = SmppSettings { links: [("kcell".to_owned(), link)].into() };
        assert_eq!(settings.problems(), vec![]);
        let (tasks, metrics) = (Tasks::new(), Metrics::default());
        let smpp = start_with(&settings, turn, &tasks, Clock::System, metrics.clone(), Some(64));
        Self { listener, tasks, smpp, metrics, heard }
    }

    pub(crate) async fn bound(&self) -> Peer {
        Peer::accept(&self.listener, 0).await.0
    }

    pub(crate) fn faults(&self, kind: &'static str) -> u64 {
        self.metrics.pdu_faults.get_or_create(&NameKind { name: "kcell".to_owned(), kind }).get()
    }

    pub(crate) async fn state(&self, wanted: impl Fn(&LinkState) -> bool) {
        let reached = async {
            while !self.smpp.status().iter().all(|link| wanted(&link.state)) {
                tokio::task::yield_now().await;
            }
        };
        timeout(LIMIT, reached).await.unwrap();
    }
}

/// A link to this listener.
pub(crate) fn towards(listener: &TcpListener) -> LinkSettings {
    LinkSettings {
        host: "127.0.0.1".to_owned(),
        port: listener.local_addr().unwrap().port(),
        system_id: "kopir".to_owned(),
        password: Secret::new("secret"),
        carries: vec![Carries::Ussd, Carries::Sms],
        reconnect_min_ms: 10,
        reconnect_max_ms: 50,
        ..LinkSettings::default()
    }
}

pub(crate) fn silent(_: &Inbound) -> Result<Turned, Refused> {
    Ok(Turned { outbound: None })
}

pub(crate) fn link() -> LinkName {
    "kcell".into()
}

pub(crate) fn letter(text: &str) -> Letter {
    Letter {
        id: kopir::domain::delivery::DueId::default(),
        lane: kopir::domain::delivery::Lane::Now,
        to: Msisdn::parse("77011234567").unwrap(),
        from: "1414".to_owned(),
        text: text.to_owned(),
        reference: 7,
        validity: Duration::from_secs(3_600),
        receipt: false,
    }
}

pub(crate) fn refused_store() -> Refused {
    Refused {
        why: Refusal::Store(StoreError::Away("test".to_owned())),
        polite: Outbound::page("Later".to_owned(), true),
    }
}
