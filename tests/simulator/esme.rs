//! An ESME by hand: octets only, none of the house's codecs, so that an error of either side cannot hide.

use kopir::domain::address::Msisdn;
use kopir::simulator::smsc::{Settings, Smsc, SmscHandle};
use kopir::tasks::Tasks;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Longer than anything here may take.
const LIMIT: Duration = Duration::from_secs(10);

/// One PDU as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pdu {
    pub(crate) id: u32,
    pub(crate) status: u32,
    pub(crate) number: u32,
    pub(crate) body: Vec<u8>,
}

impl Pdu {
    /// The mandatory fields and the TLVs of a message.
    pub(crate) fn message(&self) -> Message {
        let mut rest = self.body.as_slice();
        let service_type = c_string(&mut rest);
        rest = &rest[2..];
        let from = c_string(&mut rest);
        rest = &rest[2..];
        let to = c_string(&mut rest);
        let esm_class = rest[0];
        rest = &rest[3..];
        c_string(&mut rest);
        c_string(&mut rest);
        let (data_coding, length) = (rest[2], usize::from(rest[4]));
        let text = rest[5..5 + length].to_vec();
        rest = &rest[5 + length..];
        let mut tlvs = Vec::new();
        while rest.len() >= 4 {
            let tag = u16::from_be_bytes([rest[0], rest[1]]);
            let length = usize::from(u16::from_be_bytes([rest[2], rest[3]]));
            tlvs.push((tag, rest[4..4 + length].to_vec()));
            rest = &rest[4 + length..];
        }
        Message { service_type, from, to, esm_class, data_coding, text, tlvs }
    }
}

/// The fields of a `deliver_sm`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) service_type: String,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) esm_class: u8,
    pub(crate) data_coding: u8,
    pub(crate) text: Vec<u8>,
    pub(crate) tlvs: Vec<(u16, Vec<u8>)>,
}

impl Message {
    pub(crate) fn tlv(&self, tag: u16) -> Option<&[u8]> {
        self.tlvs.iter().find(|(known, _)| *known == tag).map(|(_, value)| value.as_slice())
    }
}

fn c_string(rest: &mut &[u8]) -> String {
    let end = rest.iter().position(|octet| *octet == 0).unwrap();
    let text = String::from_utf8(rest[..end].to_vec()).unwrap();
    *rest = &rest[end + 1..];
    text
}

/// A connection.
pub(crate) struct Esme {
    stream: TcpStream,
    number: u32,
}

impl Esme {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        Self { stream: TcpStream::connect(address).await.unwrap(), number: 0 }
    }

    /// Connects and binds as transceiver.
    pub(crate) async fn bound(address: SocketAddr) -> Self {
        let mut esme = Self::connect(address).await;
        assert_eq!(esme.bind(9, "kopir", "secret08").await, 0);
        esme
    }

    pub(crate) async fn bind(&mut self, id: u32, system_id: &str, password: &str) -> u32 {
        let body = format!("{system_id}\0{password}\0\0\x34\0\0\0");
        let number = self.send(id, body.as_bytes()).await;
        let reply = self.next().await;
        assert_eq!((reply.id, reply.number), (0x8000_0000 | id, number));
        reply.status
    }

    pub(crate) async fn send(&mut self, id: u32, body: &[u8]) -> u32 {
        self.number += 1;
        self.write(id, 0, self.number, body).await;
        self.number
    }

    pub(crate) async fn write(&mut self, id: u32, status: u32, number: u32, body: &[u8]) {
        let length = u32::try_from(16 + body.len()).unwrap();
        let head = [length, id, status, number].map(u32::to_be_bytes).concat();
        self.stream.write_all(&[&head, body].concat()).await.unwrap();
    }

    /// The next PDU; panics when the other side closed.
    pub(crate) async fn next(&mut self) -> Pdu {
        self.read().await.expect("connection closed")
    }

    /// The next PDU, `None` when the other side closed.
    pub(crate) async fn read(&mut self) -> Option<Pdu> {
        tokio::time::timeout(LIMIT, async {
            let mut head = [0; 16];
            self.stream.read_exact(&mut head).await.ok()?;
            let word = |at: usize| u32::from_be_bytes(head[at..at + 4].try_into().unwrap());
            let mut body = vec![0; usize::try_from(word(0)).unwrap() - 16];
            self.stream.read_exact(&mut body).await.ok()?;
            Some(Pdu { id: word(4), status: word(8), number: word(12), body })
        })
        .await
        .expect("nothing came")
    }

    /// The next `deliver_sm`, acknowledged.
    pub(crate) async fn delivered(&mut self) -> Message {
        let pdu = self.next().await;
        assert_eq!(pdu.id, 5, "{pdu:?}");
        self.write(0x8000_0005, 0, pdu.number, &[0]).await;
        pdu.message()
    }

    /// Submits a message and returns its sequence number.
    pub(crate) async fn submit(
        &mut self,
        to: &str,
        esm_class: u8,
        data_coding: u8,
        text: &[u8],
        tlvs: &[(u16, &[u8])],
    ) -> u32 {
        let mut body = format!("\0\0\x001414\0\x01\x01{to}\0").into_bytes();
        body.extend([esm_class, 0, 0, 0, 0, 0, 0, data_coding, 0, u8::try_from(text.len()).unwrap()]);
        body.extend(text);
        for (tag, value) in tlvs {
            body.extend(tag.to_be_bytes());
            body.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
            body.extend(*value);
        }
        self.send(4, &body).await
    }

    /// The response to the last submission.
    pub(crate) async fn submitted(&mut self, number: u32) -> u32 {
        let reply = self.next().await;
        assert_eq!((reply.id, reply.number), (0x8000_0004, number));
        reply.status
    }
}

/// A running simulator with its tasks.
pub(crate) struct World {
    pub(crate) address: SocketAddr,
    pub(crate) smsc: SmscHandle,
    pub(crate) tasks: Tasks,
}

impl World {
    pub(crate) async fn new(settings: Settings) -> Self {
        let tasks = Tasks::new();
        let smsc = Smsc::start(settings, &tasks).await.unwrap();
        Self { address: smsc.address, smsc: smsc.handle(), tasks }
    }

    /// A simulator as it comes, with one bound ESME.
    pub(crate) async fn with_esme(settings: Settings) -> (Self, Esme) {
        let world = Self::new(settings).await;
        let esme = Esme::bound(world.address).await;
        world.smsc.bound(1).await;
        (world, esme)
    }
}

/// A sample person.
pub(crate) fn gulnora() -> Msisdn {
    Msisdn::parse("998901234567").unwrap()
}

/// UTF-16BE, by hand.
pub(crate) fn ucs2(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_be_bytes).collect()
}
