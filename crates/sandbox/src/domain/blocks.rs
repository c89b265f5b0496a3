//! Who may not reach whom.

use super::World;

impl World {
    pub(crate) fn has_blocked(&self, number: &str, other: &str) -> bool {
        self.accounts.get(number).is_some_and(|account| account.blocked.contains(other))
    }

    pub(crate) fn set_blocked(&mut self, number: &str, other: &str, blocked: bool) {
        let Some(account) = self.known(number) else { return };
        if blocked {
            account.blocked.insert(other.to_owned());
        } else {
            account.blocked.remove(other);
        }
    }
}
