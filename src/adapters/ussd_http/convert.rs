//! What a provider says and hears, one pair of functions a dialect: request → `Hop`, `Outbound` → reply.

use super::settings::{Dialect, RouteSettings};
use crate::domain::address::{Dialled, Msisdn};
use crate::domain::envelope::{Copy, Event, Inbound, LinkName, Outbound, StepKey};
use crate::domain::lang::Script;
use crate::domain::time::Timestamp;
use serde::Deserialize;

/// Bytes a provider's session id may have.
pub const SESSION_MAX_BYTES: usize = 128;
/// Bytes all inputs of a dialogue may have together.
pub const TEXT_MAX_BYTES: usize = 2_048;

/// Why a request is not a hop. Names fields, never what they hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("field \"{0}\" is missing or malformed")]
pub struct BadField(pub &'static str);

/// The fields of an Africa's Talking request; of its end notification too, which adds `status`.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Form {
    #[serde(rename = "sessionId")]
    session_id: String,
    #[serde(rename = "phoneNumber")]
    phone_number: String,
    #[serde(rename = "serviceCode")]
    service_code: String,
    text: String,
    status: String,
}

/// One request of a dialogue, parsed.
#[derive(Clone)]
pub struct Hop {
    from: Msisdn,
    session: String,
    service_code: String,
    text: String,
}

/// How much of a dialogue's cumulative input earlier hops have taken: a length and a hash, nothing of what was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taken {
    bytes: usize,
    hash: StepKey,
}

impl Hop {
    /// Reads a request.
    ///
    /// # Errors
    /// The first field that is missing or malformed.
    pub fn read(dialect: Dialect, form: Form) -> Result<Self, BadField> {
        match dialect {
            Dialect::AfricasTalking => africas_talking(form),
        }
    }

    /// By what the dialogue is known in this process: route and the provider's session id.
    #[must_use]
    pub fn dialogue(&self, link: &LinkName) -> StepKey {
        StepKey::of(&[link.as_bytes(), self.session.as_bytes()])
    }

    /// What earlier hops will have taken once this one is answered.
    #[must_use]
    pub fn taken(&self) -> Taken {
        Taken { bytes: self.text.len(), hash: StepKey::of(&[self.text.as_bytes()]) }
    }

    /// The delivery for the gateway. The number of hops and the cumulative text make a retried hop the same step.
    #[must_use]
    pub fn inbound(
        &self,
        link: &LinkName,
        route: &RouteSettings,
        before: Option<Taken>,
        at: Timestamp,
    ) -> Inbound {
        let event = self.event(route, before);
        let script = match &event {
            Event::Text(text) => script(text),
            Event::Dial(_) | Event::Abort => None,
        };
        let hops = u64::try_from(self.text.split('*').count()).unwrap_or(u64::MAX).to_be_bytes();
        let step = StepKey::of(&[link.as_bytes(), self.session.as_bytes(), &hops, self.text.as_bytes()]);
        self.delivery(link, event, script, step, at)
    }

    /// The delivery that says the dialogue is over.
    #[must_use]
    pub fn abort(&self, link: &LinkName, at: Timestamp) -> Inbound {
        let step = StepKey::of(&[link.as_bytes(), self.session.as_bytes(), b"end"]);
        self.delivery(link, Event::Abort, None, step, at)
    }

    fn delivery(
        &self,
        link: &LinkName,
        event: Event,
        script: Option<Script>,
        step: StepKey,
        at: Timestamp,
    ) -> Inbound {
        let to: String = self.service_code.chars().filter(char::is_ascii_digit).collect();
        let from = self.from.expose().as_bytes();
        let content = StepKey::of(&[link.as_bytes(), from, to.as_bytes(), self.text.as_bytes()]);
        Inbound {
            from: self.from.clone(),
            link: link.clone(),
            to,
            event,
            script,
            lang: None,
            dialogue: self.session.as_bytes().to_vec(),
            copy: Copy { step, content, bind: 0, doubtful: false },
            at,
        }
    }

    fn event(&self, route: &RouteSettings, before: Option<Taken>) -> Event {
        if self.text.is_empty() {
            return self.dial("", route);
        }
        if let Some(newest) = before.and_then(|taken| self.after(taken)) {
            return Event::Text(newest.to_owned());
        }
        let newest = self.text.rsplit('*').next().unwrap_or_default();
        let path = self.text.bytes().all(|b| b.is_ascii_digit() || b == b'*');
        if before.is_none() && route.paths && path {
            self.dial(&self.text, route)
        } else {
            Event::Text(newest.to_owned())
        }
    }

    /// The newest input is what follows the inputs already taken: an answer may itself contain `*`.
    fn after(&self, taken: Taken) -> Option<&str> {
        let (head, rest) = self.text.split_at_checked(taken.bytes)?;
        let known = StepKey::of(&[head.as_bytes()]) == taken.hash;
        let rest = if taken.bytes == 0 { Some(rest) } else { rest.strip_prefix('*') };
        rest.filter(|_| known)
    }

    /// A dialled code: what a shared code (`*384*1234#`) has in front is the code itself and no path.
    fn dial(&self, path: &str, route: &RouteSettings) -> Event {
        let code = |text: &str| text.trim().trim_end_matches('#').to_owned();
        let (ours, theirs) = (code(&route.code), code(&self.service_code));
        let beyond = theirs.strip_prefix(&ours).unwrap_or("").trim_start_matches('*');
        let base = ours.trim_start_matches('*').split('*').next().unwrap_or_default();
        match Dialled::parse(&format!("*{base}*{beyond}*{path}#")) {
            Ok(dialled) => Event::Dial(dialled),
            Err(_) => Event::Text(path.rsplit('*').next().unwrap_or_default().to_owned()),
        }
    }
}

fn africas_talking(form: Form) -> Result<Hop, BadField> {
    let good = |id: &str| {
        !id.is_empty() && id.len() <= SESSION_MAX_BYTES && id.bytes().all(|b| b.is_ascii_graphic())
    };
    if !good(&form.session_id) {
        return Err(BadField("sessionId"));
    }
    if form.text.len() > TEXT_MAX_BYTES || form.text.chars().any(char::is_control) {
        return Err(BadField("text"));
    }
    let from = Msisdn::parse(&form.phone_number).map_err(|_| BadField("phoneNumber"))?;
    Ok(Hop { from, session: form.session_id, service_code: form.service_code, text: form.text })
}

/// What an end notification says of a dialogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// As we ended it ourselves.
    Well,
    /// By the network or the person.
    Cut,
}

/// Reads the state of an end notification.
///
/// # Errors
/// `BadField` when it has none that is known.
pub fn ended(dialect: Dialect, form: &Form) -> Result<Ended, BadField> {
    match dialect {
        Dialect::AfricasTalking => match form.status.as_str() {
            "Success" => Ok(Ended::Well),
            "Incomplete" | "Failed" => Ok(Ended::Cut),
            _ => Err(BadField("status")),
        },
    }
}

/// The reply as the provider hears it.
#[must_use]
pub fn reply(dialect: Dialect, outbound: &Outbound) -> String {
    match dialect {
        Dialect::AfricasTalking => {
            let word = if outbound.ends { "END" } else { "CON" };
            format!("{word} {}", outbound.text)
        }
    }
}

fn script(text: &str) -> Option<Script> {
    text.chars()
        .find(|c| c.is_alphabetic())
        .map(|c| if c.is_ascii() { Script::Latin } else { Script::Native })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn route(paths: bool) -> RouteSettings {
        toml::from_str(&format!("code = \"*384*1234#\"\nallow_from = []\npaths = {paths}\n")).unwrap()
    }

    fn hop(text: &str) -> Hop {
        let form = Form {
            session_id: "ATUid_1".to_owned(),
            phone_number: "+77011234567".to_owned(),
            service_code: "*384*1234#".to_owned(),
            text: text.to_owned(),
            status: String::new(),
        };
        Hop::read(Dialect::AfricasTalking, form).unwrap()
    }

    fn event(text: &str, before: Option<&str>, paths: bool) -> String {
        let taken = before.map(|text| hop(text).taken());
        match hop(text).inbound(&"at".into(), &route(paths), taken, Timestamp(0)).event {
            Event::Dial(dialled) => format!("dial {} {}", dialled.base, dialled.parts.join("/")),
            Event::Text(text) => format!("text {text}"),
            Event::Abort => "abort".to_owned(),
        }
    }

    #[test]
    fn the_newest_input_is_what_follows_the_inputs_taken() {
        for (text, before, paths, want) in [
            ("", None, true, "dial 384 "),
            ("21*0310", None, true, "dial 384 21/0310"),
            ("21*0310", None, false, "text 0310"),
            ("1", Some(""), true, "text 1"),
            ("1*2", Some("1"), true, "text 2"),
            ("1*2*3", Some("1"), true, "text 2*3"),
            ("1*", Some("1"), true, "text "),
            ("1*Алматы", None, true, "text Алматы"),
            ("9*9*4", Some("1*2"), true, "text 4"),
            ("1*2*3*4*5*6*7*8*9", None, true, "text 9"),
        ] {
            assert_eq!(event(text, before, paths), want, "{text} after {before:?}");
        }
    }

    #[test]
    fn a_retried_hop_is_the_same_step_and_the_next_one_is_not() {
        let step = |text: &str| hop(text).inbound(&"at".into(), &route(true), None, Timestamp(0)).copy.step;
        assert_eq!(step("1*2"), step("1*2"));
        assert_ne!(step("1*2"), step("1*2*2"));
        assert_ne!(step("1"), hop("1").abort(&"at".into(), Timestamp(0)).copy.step);
    }

    #[test]
    fn what_is_malformed_is_named_by_field() {
        let form = |session: &str, phone: &str, text: &str| Form {
            session_id: session.to_owned(),
            phone_number: phone.to_owned(),
            text: text.to_owned(),
            ..Form::default()
        };
        for (form, field) in [
            (form("", "77011234567", ""), "sessionId"),
            (form("a b", "77011234567", ""), "sessionId"),
            (form("a", "Kcell", ""), "phoneNumber"),
            (form("a", "77011234567", "1\u{0}"), "text"),
        ] {
            assert_eq!(Hop::read(Dialect::AfricasTalking, form).err(), Some(BadField(field)));
        }
    }

    proptest::proptest! {
        #[test]
        fn inputs_come_out_one_by_one_as_they_went_in(inputs in proptest::collection::vec("[0-9a-zА-я*]{1,6}", 1..6)) {
            let mut before = hop("");
            for at in 1..=inputs.len() {
                let now = hop(&inputs[..at].join("*"));
                let inbound = now.inbound(&"at".into(), &route(true), Some(before.taken()), Timestamp(0));
                proptest::prop_assert_eq!(inbound.event, Event::Text(inputs[at - 1].clone()));
                before = now;
            }
        }
    }
}
