//! How a row changes: one total function, idempotent and absorbing, used by both stores.

use super::delivery::{Mark, Row, RowChange, RowState, Stage, TRAIL_MAX};
use super::time::Timestamp;

/// What is left to do for a row after a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// Due again at this time (a lease, a retry).
    Due(Timestamp),
    /// Nothing to do; kept until it is final or swept (a receipt may come).
    Kept,
    /// Final.
    Final,
    /// Nothing has changed, and it is due when it was.
    Same,
}

impl Rest {
    /// When the row is due then; nothing where that is not said.
    #[must_use]
    pub fn due(self) -> Option<Timestamp> {
        match self {
            Self::Due(at) => Some(at),
            Self::Kept | Self::Final | Self::Same => None,
        }
    }
}

/// Applies `change` to `row` at `at`; a change that does not fit the state leaves it as it is (final states absorb,
/// a second `Accepted` is the first). `lease_until` is when a taken row may be recovered.
///
/// Taking up and giving back can happen many times, so their time tells an echo from news: a `Sending` or `Deferred`
/// older than the state, or the very one that made it, changes nothing. A row is due only after the clock that gave it
/// back or leased it, so a true one is never older.
pub fn apply(row: &mut Row, change: &RowChange, at: Timestamp, lease_until: Timestamp) -> Rest {
    if is_part_of_more(&mut row.state, change) {
        return Rest::Kept;
    }
    let next = match (&row.state, change) {
        (
            RowState::Queued { at: since, .. } | RowState::Sending { at: since, .. },
            RowChange::Sending { .. } | RowChange::Deferred { .. } | RowChange::Held { .. },
        ) if at < *since => None,
        (
            RowState::Sending { at: since, gateway: by, link: over, .. },
            RowChange::Sending { gateway, link },
        ) if at == *since && by == gateway && over == link => None,
        (RowState::Queued { attempt, .. }, RowChange::Sending { gateway, link }) => Some(RowState::Sending {
            at,
            attempt: attempt.saturating_add(1),
            gateway: *gateway,
            link: link.clone(),
        }),
        (RowState::Sending { attempt, .. }, RowChange::Sending { gateway, link }) => {
            row.maybe_dup = true;
            Some(RowState::Sending {
                at,
                attempt: attempt.saturating_add(1),
                gateway: *gateway,
                link: link.clone(),
            })
        }
        (RowState::Queued { .. } | RowState::Sending { .. }, RowChange::Accepted { message_ids, .. }) => {
            Some(RowState::Accepted { at, message_ids: message_ids.clone() })
        }
        (RowState::Sending { attempt, .. }, RowChange::Deferred { .. }) => {
            Some(RowState::Queued { at, attempt: *attempt })
        }
        // Recovered from a gateway that died, and not to be sent now: the network may have it all the same.
        (RowState::Sending { attempt, .. }, RowChange::Held { .. }) => {
            row.maybe_dup = true;
            Some(RowState::Queued { at, attempt: *attempt })
        }
        (
            RowState::Queued { .. } | RowState::Sending { .. } | RowState::Accepted { .. },
            RowChange::Delivered | RowChange::PartDelivered { of: 0..=1, .. },
        )
        | (RowState::Accepted { .. }, RowChange::PartDelivered { .. }) => Some(RowState::Delivered { at }),
        (
            RowState::Queued { .. } | RowState::Sending { .. } | RowState::Accepted { .. },
            RowChange::Failed { class, code },
        ) => Some(RowState::Failed { at, class: *class, code: code.clone() }),
        (
            RowState::Queued { .. } | RowState::Sending { .. } | RowState::Accepted { .. },
            RowChange::Expired,
        ) => Some(RowState::Expired { at }),
        // A cancellation that is told late does not reach what has been taken up and put back since.
        (RowState::Queued { at: since, .. }, RowChange::Cancelled) if at >= *since => {
            Some(RowState::Cancelled { at })
        }
        _ => None,
    };
    let Some(next) = next else { return unchanged(row, change, lease_until) };
    mark(row, Mark { at: row.state.since(), stage: row.state.stage() });
    if let RowChange::Accepted { sequence: Some(sequence), .. } = change {
        mark(row, Mark { at, stage: Stage::Numbered(*sequence) });
    }
    row.state = next;
    rest(row, change, lease_until)
}

fn mark(row: &mut Row, mark: Mark) {
    row.trail.push(mark);
    if row.trail.len() > TRAIL_MAX {
        row.trail.remove(TRAIL_MAX / 2);
    }
}

/// What says nothing of when a row is due must not move it: a receipt looked at again and again would keep the row from
/// ever being recovered, a cancellation too late would take it from who is sending it.
fn unchanged(row: &Row, change: &RowChange, lease_until: Timestamp) -> Rest {
    match (&row.state, change) {
        (
            RowState::Queued { .. } | RowState::Sending { .. },
            RowChange::PartDelivered { .. } | RowChange::Cancelled,
        ) => Rest::Same,
        _ => rest(row, change, lease_until),
    }
}

/// Notes the delivery of a part; whether others are still awaited. Which are is what still has an id: none is awaited twice.
fn is_part_of_more(state: &mut RowState, change: &RowChange) -> bool {
    let (RowState::Accepted { message_ids, .. }, RowChange::PartDelivered { part, of: 2.. }) =
        (state, change)
    else {
        return false;
    };
    if let Some(id) = message_ids.get_mut(usize::from(*part)) {
        id.clear();
    }
    message_ids.iter().any(|id| !id.is_empty())
}

/// Whether a row has taken in what a receipt said of it. A part of a long text can only be noted once the row is
/// `Accepted`: before, it is not known how many parts there are under which ids.
#[must_use]
pub fn has_taken_in(row: &Row, change: &RowChange) -> bool {
    match (&row.state, change) {
        (RowState::Accepted { message_ids, .. }, RowChange::PartDelivered { part, .. }) => {
            message_ids.get(usize::from(*part)).is_none_or(String::is_empty)
        }
        (state, _) => state.is_final(),
    }
}

fn rest(row: &Row, change: &RowChange, lease_until: Timestamp) -> Rest {
    match (&row.state, change) {
        (RowState::Queued { .. }, RowChange::Deferred { retry: until } | RowChange::Held { until }) => {
            Rest::Due(*until)
        }
        (RowState::Queued { .. }, _) => Rest::Due(row.earliest),
        (RowState::Sending { .. }, _) => Rest::Due(lease_until),
        (RowState::Accepted { .. }, _) => Rest::Kept,
        _ => Rest::Final,
    }
}

#[cfg(test)]
pub(in crate::domain) mod tests {
    use super::*;
    use crate::domain::address::Msisdn;
    use crate::domain::delivery::{FailureClass, Proof, Purpose};
    use crate::domain::envelope::StepKey;
    use crate::domain::person::{Person, PersonId};
    use proptest::prelude::*;

    pub(in crate::domain) fn row() -> Row {
        Row {
            id: StepKey([1; 16]),
            person: Person { partition: 0, id: PersonId([0; 17]) },
            to: Msisdn::parse("77011234567").unwrap(),
            from: "1414".into(),
            link: "a".into(),
            text: "text".into(),
            purpose: Purpose::Reply,
            proof: Proof { by: StepKey([2; 16]), ..Proof::default() },
            campaign: None,
            jobs: Vec::new(),
            created: Timestamp(0),
            earliest: Timestamp(5),
            latest: Timestamp(1_000_000),
            state: RowState::Queued { at: Timestamp(0), attempt: 0 },
            maybe_dup: false,
            trail: Vec::new(),
        }
    }

    fn sending(gateway: u64) -> RowChange {
        RowChange::Sending { gateway, link: "a".into() }
    }

    fn accepted(id: &str) -> RowChange {
        RowChange::Accepted { message_ids: vec![id.into()], sequence: None }
    }

    fn failed() -> RowChange {
        RowChange::Failed { class: FailureClass::Refused, code: "0x0B".into() }
    }

    fn deferred(retry: i64) -> RowChange {
        RowChange::Deferred { retry: Timestamp(retry) }
    }

    /// Applies changes at 10, 20, 30 … with a lease of 1000.
    fn run(row: &mut Row, changes: &[RowChange]) -> Rest {
        let mut rest = Rest::Kept;
        for (n, change) in (1..).zip(changes) {
            rest = apply(row, change, Timestamp(n * 10), Timestamp(n * 10 + 1000));
        }
        rest
    }

    #[test]
    fn a_row_goes_its_straight_way() {
        let mut row = row();
        assert_eq!(run(&mut row, &[sending(1)]), Rest::Due(Timestamp(1010)));
        assert_eq!(apply(&mut row, &accepted("7"), Timestamp(20), Timestamp(0)), Rest::Kept);
        assert_eq!(row.state, RowState::Accepted { at: Timestamp(20), message_ids: vec!["7".into()] });
        assert_eq!(apply(&mut row, &RowChange::Delivered, Timestamp(30), Timestamp(0)), Rest::Final);
        assert_eq!(row.state, RowState::Delivered { at: Timestamp(30) });
        assert!(!row.maybe_dup);
    }

    #[test]
    fn a_row_remembers_where_it_has_been_and_when_within_a_bound() {
        let mut row = row();
        run(&mut row, &[sending(1), deferred(500), sending(1), accepted("7"), RowChange::Delivered]);
        let trail: Vec<_> = row.trail.iter().map(|mark| (mark.at.0, mark.stage)).collect();
        let wanted = [(0, Stage::Queued), (10, Stage::Sending), (20, Stage::Queued), (30, Stage::Sending)];
        assert_eq!(trail, [&wanted[..], &[(40, Stage::Accepted)]].concat());
        let mut long = self::row();
        for n in 1..100 {
            apply(&mut long, &sending(1), Timestamp(n * 20), Timestamp(0));
            apply(&mut long, &deferred(1), Timestamp(n * 20 + 10), Timestamp(0));
        }
        assert_eq!((long.trail.len(), long.trail[0].at), (TRAIL_MAX, Timestamp(0)));
        assert_eq!(long.trail.last().map(|mark| mark.at), Some(Timestamp(1980)));
    }

    #[test]
    fn the_trail_says_under_which_number_it_left() {
        let mut row = row();
        let accepted = RowChange::Accepted { message_ids: vec!["7".into()], sequence: Some(4_711) };
        run(&mut row, &[sending(1), accepted.clone(), accepted, RowChange::Delivered]);
        let trail: Vec<_> = row.trail.iter().map(|mark| (mark.at.0, mark.stage)).collect();
        let (sent, taken) = ((10, Stage::Sending), (20, Stage::Numbered(4_711)));
        assert_eq!(trail, [(0, Stage::Queued), sent, taken, (20, Stage::Accepted)], "once");
    }

    #[test]
    fn what_changes_nothing_does_not_move_when_a_row_is_due() {
        let part = RowChange::PartDelivered { part: 0, of: 2 };
        for start in [vec![], vec![sending(1)]] {
            let mut row = row();
            run(&mut row, &start);
            assert_eq!(apply(&mut row, &part, Timestamp(500), Timestamp(1_500)), Rest::Same);
        }
        let mut row = row();
        run(&mut row, &[sending(1)]);
        assert_eq!(apply(&mut row, &RowChange::Cancelled, Timestamp(500), Timestamp(500)), Rest::Same);
    }

    #[test]
    fn a_refusal_for_now_queues_it_again_and_counts_the_tries() {
        let mut row = row();
        assert_eq!(run(&mut row, &[sending(1), deferred(500)]), Rest::Due(Timestamp(500)));
        assert_eq!(row.state, RowState::Queued { at: Timestamp(20), attempt: 1 });
        run(&mut row, &[deferred(1), deferred(1), sending(1)]);
        assert!(matches!(row.state, RowState::Sending { attempt: 2, .. }));
        assert!(!row.maybe_dup);
    }

    #[test]
    fn a_held_row_waits_without_a_try_and_one_recovered_to_be_held_is_flagged() {
        let held = RowChange::Held { until: Timestamp(700) };
        let mut row = row();
        assert_eq!(run(&mut row, core::slice::from_ref(&held)), Rest::Due(Timestamp(700)));
        assert_eq!(
            (row.state.clone(), row.maybe_dup),
            (RowState::Queued { at: Timestamp(0), attempt: 0 }, false)
        );
        assert_eq!(run(&mut row, &[sending(1), held]), Rest::Due(Timestamp(700)));
        assert_eq!((row.state, row.maybe_dup), (RowState::Queued { at: Timestamp(20), attempt: 1 }, true));
    }

    #[test]
    fn only_a_row_recovered_from_sending_is_flagged() {
        let mut row = row();
        run(&mut row, &[sending(1), sending(2)]);
        assert!(row.maybe_dup);
        assert!(matches!(row.state, RowState::Sending { attempt: 2, gateway: 2, .. }));
    }

    #[test]
    fn the_echo_of_taking_it_up_is_not_a_recovery() {
        let mut row = row();
        run(&mut row, &[sending(1)]);
        let once = row.clone();
        apply(&mut row, &sending(1), Timestamp(10), Timestamp(1010));
        assert_eq!(row, once);
        run(&mut row, &[sending(1), deferred(500)]);
        let later = row.clone();
        apply(&mut row, &sending(1), Timestamp(10), Timestamp(1010));
        assert_eq!(row, later, "a late copy of a past try");
    }

    #[test]
    fn a_receipt_that_overtakes_the_response_is_believed() {
        for start in [vec![], vec![sending(1)], vec![sending(1), deferred(50)]] {
            let mut row = row();
            run(&mut row, &start);
            assert_eq!(apply(&mut row, &RowChange::Delivered, Timestamp(99), Timestamp(0)), Rest::Final);
            assert_eq!(apply(&mut row, &accepted("late"), Timestamp(100), Timestamp(0)), Rest::Final);
            assert_eq!(row.state, RowState::Delivered { at: Timestamp(99) });
        }
    }

    #[test]
    fn a_response_after_a_deferral_still_counts_so_that_it_is_not_sent_twice() {
        let mut row = row();
        assert_eq!(run(&mut row, &[sending(1), deferred(500), accepted("9")]), Rest::Kept);
        assert!(matches!(row.state, RowState::Accepted { .. }));
    }

    #[test]
    fn the_first_acceptance_stays_and_nothing_takes_it_back() {
        let mut row = row();
        run(&mut row, &[sending(1), accepted("first")]);
        for change in [accepted("second"), sending(2), deferred(9), RowChange::Cancelled] {
            assert_eq!(apply(&mut row, &change, Timestamp(99), Timestamp(0)), Rest::Kept, "{change:?}");
        }
        assert_eq!(row.state, RowState::Accepted { at: Timestamp(20), message_ids: vec!["first".into()] });
    }

    #[test]
    fn only_what_nobody_sends_yet_can_be_cancelled() {
        let mut row = row();
        let mut taken = row.clone();
        assert_eq!(run(&mut row, &[RowChange::Cancelled]), Rest::Final);
        run(&mut taken, &[sending(1), RowChange::Cancelled]);
        assert!(matches!(taken.state, RowState::Sending { .. }));
    }

    fn any_change() -> impl Strategy<Value = RowChange> {
        prop_oneof![
            (0u64..3).prop_map(sending),
            "[a-c]".prop_map(|id| accepted(&id)),
            (0i64..2000).prop_map(deferred),
            (0i64..2000).prop_map(|until| RowChange::Held { until: Timestamp(until) }),
            Just(RowChange::Delivered),
            Just(failed()),
            Just(RowChange::Expired),
            Just(RowChange::Cancelled),
        ]
    }

    #[test]
    fn a_late_cancellation_does_not_reach_what_was_taken_up_and_put_back() {
        let mut row = row();
        run(&mut row, &[sending(1), RowChange::Cancelled, deferred(9)]);
        let put_back = row.clone();
        // `run` tells each change ten milliseconds after the one before: the cancellation was told at 20.
        apply(&mut row, &RowChange::Cancelled, Timestamp(20), Timestamp(0));
        assert_eq!(row, put_back);
    }

    proptest! {
        #[test]
        fn a_change_told_twice_is_told_once(changes in prop::collection::vec(any_change(), 0..12)) {
            let (mut once, mut twice) = (row(), row());
            for (n, change) in (1..).zip(&changes) {
                let (at, lease) = (Timestamp(n * 10), Timestamp(n * 10 + 1000));
                let first = apply(&mut once, change, at, lease);
                apply(&mut twice, change, at, lease);
                let second = apply(&mut twice, change, at, lease);
                prop_assert_eq!(&once, &twice);
                prop_assert_eq!(first, second);
            }
        }

        #[test]
        fn a_whole_sequence_told_twice_is_told_once(changes in prop::collection::vec(any_change(), 0..12)) {
            let mut once = row();
            run(&mut once, &changes);
            let mut twice = once.clone();
            run(&mut twice, &changes);
            prop_assert_eq!(once, twice);
        }

        #[test]
        fn a_final_state_never_changes(changes in prop::collection::vec(any_change(), 0..20)) {
            let mut row = row();
            let mut last: Option<RowState> = None;
            for (n, change) in (1..).zip(&changes) {
                let rest = apply(&mut row, change, Timestamp(n * 10), Timestamp(n * 10 + 1000));
                if let Some(last) = &last {
                    prop_assert_eq!(last, &row.state);
                }
                prop_assert_eq!(rest == Rest::Final, row.state.is_final());
                last = row.state.is_final().then(|| row.state.clone());
            }
        }
    }
}
