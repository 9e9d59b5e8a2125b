//! All links that carry letters as one: the one a row names first, then the others by priority, whatever they speak.

use crate::domain::delivery::Lane;
use crate::domain::envelope::LinkName;
use crate::ports::{Carrier, Letter, Permit, SubmitError, Submitted};
use async_trait::async_trait;
use core::task::Poll;
use std::sync::Arc;

/// One link of a carrier.
struct Way {
    priority: u8,
    link: LinkName,
    carrier: Arc<dyn Carrier>,
}

/// Carriers behind one.
#[derive(Default)]
pub(super) struct Carriers {
    /// By priority, lower first; among equals, what was added first.
    ways: Vec<Way>,
    /// Each carrier once: all links of SMPP are one.
    all: Vec<Arc<dyn Carrier>>,
}

impl Carriers {
    /// Adds a carrier with its links, each with its priority.
    pub(super) fn with(
        mut self,
        carrier: Arc<dyn Carrier>,
        links: impl IntoIterator<Item = (u8, LinkName)>,
    ) -> Self {
        let way = |(priority, link)| Way { priority, link, carrier: carrier.clone() };
        self.ways.extend(links.into_iter().map(way));
        self.ways.sort_by_key(|way| way.priority);
        self.all.push(carrier);
        self
    }
}

#[async_trait]
impl Carrier for Carriers {
    fn admit(&self, prefer: &LinkName, parts: usize, lane: Lane) -> Option<Permit> {
        let of = |preferred: bool| self.ways.iter().filter(move |way| (way.link == *prefer) == preferred);
        let by = |way: &Way, preferred: bool| {
            way.carrier.admit_by(&way.link, parts, lane).map(|permit| Permit { preferred, ..permit })
        };
        of(true).find_map(|way| by(way, true)).or_else(|| of(false).find_map(|way| by(way, false)))
    }

    async fn ready(&self, lane: Lane) {
        let mut all: Vec<_> = self.all.iter().map(|carrier| carrier.ready(lane)).collect();
        core::future::poll_fn(|context| {
            let ready = all.iter_mut().any(|carrier| carrier.as_mut().poll(context).is_ready());
            if ready { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }

    async fn submit(&self, permit: &Permit, letter: &Letter) -> Result<Submitted, SubmitError> {
        let way = self.ways.iter().find(|way| way.link == permit.link).ok_or(SubmitError::Down)?;
        way.carrier.submit(permit, letter).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::address::Msisdn;
    use crate::domain::delivery::DueId;
    use core::time::Duration;
    use tokio::sync::Semaphore;

    /// Links with a window each; says over which link a letter left.
    struct Links(Vec<(LinkName, Arc<Semaphore>)>);

    fn links(names: &[&str]) -> Arc<Links> {
        Arc::new(Links(names.iter().map(|name| ((*name).into(), Arc::new(Semaphore::new(1)))).collect()))
    }

    #[async_trait]
    impl Carrier for Links {
        fn admit(&self, prefer: &LinkName, parts: usize, lane: Lane) -> Option<Permit> {
            self.admit_by(prefer, parts, lane)
        }

        fn admit_by(&self, link: &LinkName, _parts: usize, _lane: Lane) -> Option<Permit> {
            let (name, window) = self.0.iter().find(|(name, _)| name == link)?;
            let share = window.clone().try_acquire_owned().ok()?;
            Some(Permit { link: name.clone(), preferred: true, share })
        }

        async fn ready(&self, _lane: Lane) {
            match self.0.first() {
                Some((_, window)) => drop(window.acquire().await),
                None => core::future::pending().await,
            }
        }

        async fn submit(&self, permit: &Permit, _letter: &Letter) -> Result<Submitted, SubmitError> {
            Ok(Submitted { ids: vec![permit.link.to_string()], sequence: None })
        }
    }

    fn admitted(carriers: &Carriers, prefer: &str) -> Option<(String, bool, Permit)> {
        let permit = carriers.admit(&prefer.into(), 1, Lane::Now)?;
        Some((permit.link.to_string(), permit.preferred, permit))
    }

    #[test]
    fn the_named_link_goes_first_and_then_the_priority_across_all() {
        let smpp = [(0, "beeline".into()), (2, "kcell".into())];
        let carriers = Carriers::default()
            .with(links(&["beeline", "kcell"]), smpp)
            .with(links(&["kannel"]), [(1, "kannel".into())]);
        let mut held = Vec::new();
        for (prefer, want) in
            [("kcell", ("kcell", true)), ("gone", ("beeline", false)), ("beeline", ("kannel", false))]
        {
            let (link, preferred, permit) = admitted(&carriers, prefer).unwrap();
            assert_eq!((link.as_str(), preferred), want, "{prefer}");
            held.push(permit);
        }
        assert!(admitted(&carriers, "kannel").is_none());
    }

    #[tokio::test]
    async fn whichever_has_room_first_is_ready_and_a_letter_leaves_by_its_permit() {
        let (none, one) = (links(&[]), links(&["kannel"]));
        let carriers = Carriers::default().with(none, []).with(one, [(0, "kannel".into())]);
        carriers.ready(Lane::Now).await;
        let (_, _, permit) = admitted(&carriers, "kannel").unwrap();
        assert!(tokio::time::timeout(Duration::from_millis(10), carriers.ready(Lane::Now)).await.is_err());
        let letter = Letter {
            id: DueId::default(),
            lane: Lane::Now,
            to: Msisdn::parse("77011234567").unwrap(),
            from: "5522".to_owned(),
            text: "a".to_owned(),
            reference: 1,
            validity: Duration::ZERO,
            receipt: false,
        };
        assert_eq!(carriers.submit(&permit, &letter).await.unwrap().ids, ["kannel"]);
        drop(permit);
        carriers.ready(Lane::Now).await;
    }
}
