//! What a role may do beyond working on the queues that are opened to it.

use super::users::Role;

/// Something not everybody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Deed {
    /// Give a ticket to somebody.
    Assign,
    /// Open a closed ticket again.
    Reopen,
    /// See users and hours.
    Service,
}

/// Whether a role may. Which tickets it may do it with is a matter of queues (`DeskSettings::sees`).
pub(super) fn may(role: Role, deed: Deed) -> bool {
    match deed {
        Deed::Assign | Deed::Reopen => role == Role::Lead,
        Deed::Service => role == Role::Admin,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_may_what_it_is_there_for() {
        for (deed, roles) in
            [(Deed::Assign, [Role::Lead]), (Deed::Reopen, [Role::Lead]), (Deed::Service, [Role::Admin])]
        {
            for role in Role::ALL {
                assert_eq!(may(role, deed), roles.contains(&role), "{role:?} {deed:?}");
            }
        }
    }
}
