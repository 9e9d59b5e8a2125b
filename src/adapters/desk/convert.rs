//! The one place where a number leaves for the desk in the clear: to the user who has the ticket, for one logged click.

use crate::domain::ticket::Ticket;

/// The number as it is dialled and copied, `+77011234567`.
pub(super) fn number(ticket: &Ticket) -> String {
    format!("+{}", ticket.number.expose())
}
