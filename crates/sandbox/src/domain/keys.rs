//! The public keys a device leaves with the server, and the address it is known by.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Which of its two names a user is addressed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Namespace {
    /// The phone number.
    Pn,
    /// The hidden id that does not reveal the number.
    Lid,
}

/// One device of one user. Device 0 is the phone itself.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DeviceAddr {
    pub user: String,
    pub server: Namespace,
    pub device: u16,
}

impl DeviceAddr {
    pub fn pn(user: impl Into<String>, device: u16) -> Self {
        Self { user: user.into(), server: Namespace::Pn, device }
    }
}

impl fmt::Display for DeviceAddr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = match self.server {
            Namespace::Pn => "s.whatsapp.net",
            Namespace::Lid => "lid",
        };
        write!(f, "{}:{}@{server}", self.user, self.device)
    }
}

/// What a sender needs to open a Signal session with a device: all public.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreKeyBundle {
    pub registration: u32,
    /// 32 bytes, without the type byte.
    pub identity: [u8; 32],
    pub signed: SignedPreKey,
    /// Absent when the device has run out of them.
    pub one_time: Option<OneTimeKey>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedPreKey {
    pub id: u32,
    pub value: [u8; 32],
    /// 64 bytes, made by the identity key over the value with its type byte.
    pub signature: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OneTimeKey {
    pub id: u32,
    pub value: [u8; 32],
}
