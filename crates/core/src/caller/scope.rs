use std::fmt;
use std::str::FromStr;

/// One thing a credential may be good for. A login has the scopes of its role, a key those it was made with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// Everything, users, keys and settings included.
    Admin,
    /// Make, connect, change and delete sessions.
    Sessions,
    /// Send messages and what belongs to that.
    Send,
    /// Look at sessions, messages, events, deliveries.
    Read,
    /// Make and change webhooks and other subscriptions.
    Webhooks,
    /// Call blocking and blocked contacts.
    Calls,
    /// The `bots` API: take the credentials of a session over, and call blocking.
    Bots,
    /// Start the periodic jobs by hand.
    Cron,
}

impl Scope {
    pub const ALL: [Self; 8] =
        [Self::Admin, Self::Sessions, Self::Send, Self::Read, Self::Webhooks, Self::Calls, Self::Bots, Self::Cron];

    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Sessions => "sessions",
            Self::Send => "send",
            Self::Read => "read",
            Self::Webhooks => "webhooks",
            Self::Calls => "calls",
            Self::Bots => "bots",
            Self::Cron => "cron",
        }
    }

    /// Whether it is about the gateway as a whole, so that it cannot be given for one session.
    #[must_use]
    pub fn is_beyond_sessions(self) -> bool {
        matches!(self, Self::Admin | Self::Cron)
    }

    /// Whether a credential with this scope may do what asks for `wanted`.
    #[must_use]
    pub fn grants(self, wanted: Self) -> bool {
        match self {
            Self::Admin => true,
            Self::Sessions => matches!(wanted, Self::Sessions | Self::Read | Self::Calls),
            Self::Bots => matches!(wanted, Self::Bots | Self::Calls),
            other => other == wanted,
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a scope: use admin, sessions, send, read, webhooks, calls, bots or cron")]
pub struct UnknownScope(pub String);

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(word: &str) -> Result<Self, UnknownScope> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == word).ok_or_else(|| UnknownScope(word.to_owned()))
    }
}

/// Scopes without order or repetition; written with spaces between.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(Vec<Scope>);

impl Scopes {
    #[must_use]
    pub fn grant(&self, wanted: Scope) -> bool {
        self.0.iter().any(|scope| scope.grants(wanted))
    }

    #[must_use]
    pub fn contains(&self, scope: Scope) -> bool {
        self.0.contains(&scope)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = Scope> + '_ {
        self.0.iter().copied()
    }

    /// The same without `scope`.
    #[must_use]
    pub fn without(&self, scope: Scope) -> Self {
        self.iter().filter(|other| *other != scope).collect()
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        let mut scopes: Vec<Scope> = scopes.into_iter().collect();
        scopes.sort_unstable();
        scopes.dedup();
        Self(scopes)
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<_> = self.0.iter().map(|scope| scope.as_str()).collect();
        f.write_str(&words.join(" "))
    }
}

impl FromStr for Scopes {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        text.split([' ', ',']).filter(|word| !word.is_empty()).map(str::parse).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scope_prints_as_it_parses() {
        for scope in Scope::ALL {
            assert_eq!(scope.to_string().parse(), Ok(scope));
        }
        let all: Scopes = Scope::ALL.into_iter().chain(Scope::ALL).collect();
        assert_eq!(all.to_string().parse(), Ok(all.clone()));
        assert_eq!(all.iter().count(), Scope::ALL.len());
        assert_eq!("read, root".parse::<Scopes>(), Err(UnknownScope("root".to_owned())));
    }

    #[test]
    fn only_admin_grants_everything() {
        for wanted in Scope::ALL {
            assert!(Scope::Admin.grants(wanted));
            assert!(wanted.grants(wanted));
        }
        assert!(!Scope::Sessions.grants(Scope::Send));
        assert!(!Scope::Sessions.grants(Scope::Bots), "taking credentials out asks for its own scope");
        assert!(!Scope::Send.grants(Scope::Read));
        assert!(Scope::ALL.iter().filter(|scope| scope.grants(Scope::Admin)).count() == 1);
    }
}
