//! Where a ticket stands, drawn as a bridge: from the one who asked to the answer, over four piers.

use super::super::html::Html;
use super::super::texts::Words;
use crate::domain::ticket::TicketState;

/// The piers.
const PIERS: usize = 4;

/// How many spans of the bridge are behind a ticket.
fn spans(state: &TicketState) -> usize {
    match state {
        TicketState::Open => 0,
        TicketState::Claimed { .. } => 1,
        TicketState::Called { .. } => 2,
        TicketState::Closed { .. } => 3,
    }
}

/// The walked part of an arc, as a dash of so many of its three spans.
fn walked(spans: usize) -> &'static str {
    match spans {
        0 => "0 4",
        1 => "1 4",
        2 => "2 4",
        _ => "3 4",
    }
}

/// A small bridge for a line of a list; the word beside it says the same.
pub(super) fn small(state: &TicketState) -> Html {
    let spans = spans(state);
    let mut html = Html::new();
    html.put(
        "<svg class=\"way\" viewBox=\"0 0 120 48\" width=\"60\" height=\"24\" aria-hidden=\"true\" focusable=\"false\">\
         <path class=\"deck\" d=\"M8 40H112M25 27V40M42.7 13.3V40M60 10V40M77.3 13.3V40M95 27V40\"/>\
         <path class=\"arc\" d=\"M8 40Q60-20 112 40\"/>\
         <path class=\"walked\" pathLength=\"3\" stroke-dasharray=\"{}\" d=\"M8 40Q60-20 112 40\"/>",
        &[walked(spans)],
    );
    let at = match spans {
        0 => ["8", "40"],
        1 => ["42.7", "13.3"],
        2 => ["77.3", "13.3"],
        _ => ["112", "40"],
    };
    html.put("<circle class=\"here\" cx=\"{}\" cy=\"{}\" r=\"6\"/></svg>", &at);
    html
}

/// The bridge of a ticket's page, with its four steps in words.
pub(super) fn large(state: &TicketState, words: &Words) -> Html {
    let spans = spans(state);
    let mut html = Html::new();
    html.put("<nav class=\"bridge\" aria-label=\"{}\">", &[&words.ticket.way]);
    html.put(
        "<svg viewBox=\"0 0 640 112\" aria-hidden=\"true\" focusable=\"false\">\
         <path class=\"deck\" d=\"M24 100H616M120 70V100M160 50V100M200 37V100M240 29V100M280 22V100M320 20V100M360 22V100\
         M400 29V100M440 37V100M480 50V100M520 70V100\"/>\
         <path class=\"arc\" d=\"M80 100Q320-60 560 100\"/>\
         <path class=\"walked\" pathLength=\"3\" stroke-dasharray=\"{}\" d=\"M80 100Q320-60 560 100\"/>",
        &[walked(spans)],
    );
    for (n, [x, y]) in [["80", "100"], ["240", "29"], ["400", "29"], ["560", "100"]].into_iter().enumerate() {
        let class = match n.cmp(&spans) {
            core::cmp::Ordering::Less => "pier behind",
            core::cmp::Ordering::Equal => "pier here",
            core::cmp::Ordering::Greater => "pier",
        };
        html.put("<circle class=\"{}\" cx=\"{}\" cy=\"{}\" r=\"8\"/>", &[class, x, y]);
    }
    html.put("</svg><ol>", &[]);
    let steps: [&str; PIERS] =
        [&words.state.open, &words.state.claimed, &words.state.called, &words.state.closed];
    for (n, step) in steps.into_iter().enumerate() {
        let current = if n == spans { "step" } else { "false" };
        html.put("<li aria-current=\"{}\">{}</li>", &[current, step]);
    }
    html.put("</ol></nav>", &[]);
    html
}

#[cfg(test)]
mod tests {
    use super::super::super::texts::Texts;
    use super::*;
    use crate::domain::lang::Lang;

    #[test]
    fn one_step_is_the_current_one() {
        let texts = Texts::new().unwrap();
        let html = large(&TicketState::Called { by: "a".into() }, texts.of(Lang::En)).into_string();
        assert!(html.contains("<li aria-current=\"step\">called</li>"), "{html}");
        assert_eq!(html.matches("aria-current=\"step\"").count(), 1);
        assert_eq!(html.matches("pier behind").count(), 2);
    }
}
