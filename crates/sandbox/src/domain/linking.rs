//! Linking a companion: by QR code, or by the code it shows.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use thiserror::Error;
use wacore_binary::Node;
use wacore_binary::builder::NodeBuilder;

use super::World;
use super::connection::{ConnId, LinkHello, Newcomer, Peer, Stage};
use super::device::Device;
use super::queue::OfflineQueue;
use super::unlinking::Change;
use crate::faults::FaultKind;
use crate::phone::{LinkAttempt, PrimaryHello};
use crate::random;
use crate::stanza::{branch, leaf, server, stream_error};

/// A companion shows this many QR codes before it gives up.
const REFS: usize = 6;

#[derive(Debug, Error)]
pub enum LinkError {
    #[error("that is not a pairing QR code: {0}")]
    NotAQrCode(&'static str),
    #[error("no client shows this QR code now; it may have expired or been used")]
    UnknownRef,
    #[error("the QR code names another client's keys than the one that shows it")]
    WrongKeys,
    #[error("no client waits to be linked to this number with a code")]
    NobodyWaits,
    #[error("the phone is offline")]
    PhoneOffline,
    #[error("the client went away before it was linked")]
    Gone,
    #[error("the account is protected by a passkey: the client was asked for it and is not linked")]
    Passkey,
}

/// What a QR code says.
struct QrCode {
    reference: String,
    noise_key: [u8; 32],
    identity: [u8; 32],
    adv_secret: [u8; 32],
}

impl World {
    /// Gives a newcomer the references its QR codes are made of.
    pub(crate) fn welcome(&mut self, conn: ConnId, newcomer: Newcomer) {
        self.lines.insert(conn, Peer::Newcomer(Box::new(newcomer)));
        let refs: Vec<String> = (0..REFS).map(|_| format!("2@{}", STANDARD.encode(random::bytes::<48>()))).collect();
        let nodes = refs.iter().map(|reference| leaf("ref", reference.as_bytes()));
        let offer = branch("pair-device", nodes);
        self.refs.extend(refs.into_iter().map(|reference| (reference, conn)));
        let request = self.request(offer);
        self.send(conn, request);
    }

    /// A phone reads a QR code. The companion's answer comes as an outcome.
    pub(crate) fn scan(&mut self, number: &str, qr: &str) -> Result<ConnId, LinkError> {
        let qr = QrCode::parse(qr)?;
        self.require_online(number)?;
        let conn = *self.refs.get(&qr.reference).ok_or(LinkError::UnknownRef)?;
        let Some(newcomer) = self.newcomer(conn) else { return Err(LinkError::UnknownRef) };
        if newcomer.noise_key != qr.noise_key || newcomer.keys.identity != qr.identity {
            return Err(LinkError::WrongKeys);
        }
        if self.faults.take(FaultKind::Passkey, number).is_some() {
            self.ask_for_passkey(conn);
            return Err(LinkError::Passkey);
        }
        self.offer_pairing(conn, number, &qr.adv_secret);
        Ok(conn)
    }

    /// The companion that waits for its code to be typed into this number's phone.
    pub(crate) fn link_waiting(&self, number: &str) -> Result<(ConnId, LinkHello), LinkError> {
        let waiting = self.lines.iter().rev().find_map(|(conn, peer)| match peer {
            Peer::Newcomer(newcomer) => match &newcomer.stage {
                Stage::Waiting { link: Some(hello) } if hello.number == number => Some((*conn, hello.clone())),
                _ => None,
            },
            _ => None,
        });
        waiting.ok_or(LinkError::NobodyWaits)
    }

    pub(crate) fn require_online(&mut self, number: &str) -> Result<(), LinkError> {
        if self.account(number).phone.is_online() { Ok(()) } else { Err(LinkError::PhoneOffline) }
    }

    /// The code was typed in: the phone's half of the exchange goes to the companion.
    pub(crate) fn link_begun(
        &mut self,
        conn: ConnId,
        hello: LinkHello,
        attempt: LinkAttempt,
        primary: PrimaryHello,
    ) -> Result<(), LinkError> {
        let identity = self.account(&hello.number).phone.identity();
        let id = self.fresh_id();
        let newcomer = self.newcomer(conn).ok_or(LinkError::Gone)?;
        let reference = hello.reference.clone();
        newcomer.stage = Stage::Exchanging { number: hello.number, reference, attempt: Box::new(attempt) };
        let exchange = NodeBuilder::new("link_code_companion_reg").attr("stage", "primary_hello").children([
            leaf("link_code_pairing_wrapped_primary_ephemeral_pub", primary.wrapped_ephemeral),
            leaf("primary_identity_pub", identity),
            leaf("link_code_pairing_ref", hello.reference),
        ]);
        let notification = NodeBuilder::new("notification")
            .attr("from", server())
            .attr("id", id)
            .attr("t", self.now_secs())
            .attr("type", "link_code_companion_reg")
            .children([exchange.build()]);
        self.send(conn, notification.build());
        Ok(())
    }

    /// The companion's half of the exchange. An error is what it is told.
    pub(crate) fn link_finish(
        &mut self,
        conn: ConnId,
        reference: &[u8],
        wrapped_bundle: &[u8],
        identity: &[u8],
    ) -> Result<(), String> {
        let newcomer = self.newcomer(conn).ok_or("not being linked")?;
        let stage = std::mem::replace(&mut newcomer.stage, Stage::Waiting { link: None });
        let Stage::Exchanging { number, reference: expected, attempt } = stage else {
            newcomer.stage = stage;
            return Err("no exchange is under way".into());
        };
        if expected != reference || newcomer.keys.identity != identity {
            return Err("the exchange names another companion".into());
        }
        let secret = self.account(&number).phone.finish_link(&attempt, wrapped_bundle, identity);
        let secret = secret.map_err(|e| e.to_string())?;
        self.offer_pairing(conn, &number, &secret);
        Ok(())
    }

    /// What an authenticator is to sign before the account lets the newcomer in.
    fn ask_for_passkey(&mut self, conn: ConnId) {
        let challenge = URL_SAFE_NO_PAD.encode(random::bytes::<32>());
        let options = serde_json::json!({ "challenge": challenge, "rpId": "web.whatsapp.com" }).to_string();
        let notification = NodeBuilder::new("notification")
            .attr("from", server())
            .attr("id", self.fresh_id())
            .attr("t", self.now_secs())
            .attr("type", "passkey_prologue_request")
            .children([leaf("passkey_request_options", options)]);
        self.send(conn, notification.build());
    }

    /// The phone signs the newcomer's identity; the newcomer has to sign back.
    fn offer_pairing(&mut self, conn: ConnId, number: &str, adv_secret: &[u8]) {
        let now = self.now_secs();
        let Some(newcomer) = self.newcomer(conn) else { return };
        let mut identity = newcomer.keys.identity;
        if self.faults.take(FaultKind::RefusePairing, number).is_some() {
            // Signed for another client than this one.
            identity = random::bytes();
        }
        let account = self.account(number);
        let device = account.next_device();
        let signed = account.phone.sign_companion(adv_secret, &identity, u32::from(device), now);
        let names = NodeBuilder::new("device")
            .attr("jid", account.device_jid(device))
            .attr("lid", account.device_lid(device))
            .build();
        let platform = if account.business { "smba" } else { "android" };
        let mut kids =
            vec![leaf("device-identity", signed), names, NodeBuilder::new("platform").attr("name", platform).build()];
        if account.business {
            kids.push(NodeBuilder::new("biz").attr("name", account.name.as_str()).build());
        }
        let request = self.request(branch("pair-success", kids));
        if let Some(newcomer) = self.newcomer(conn) {
            newcomer.stage = Stage::Signing { number: number.to_owned(), device };
        }
        self.refs.retain(|_, holder| *holder != conn);
        self.send(conn, request);
    }

    /// The newcomer signed: from now on it is a companion, and logs in as one.
    pub(crate) fn complete_pairing(&mut self, conn: ConnId, adv: Vec<u8>) {
        let now = self.now;
        let Some(newcomer) = self.newcomer(conn) else { return };
        let Stage::Signing { number, device } = std::mem::replace(&mut newcomer.stage, Stage::Done) else { return };
        let companion = Device {
            noise_key: newcomer.noise_key,
            keys: newcomer.keys.clone(),
            adv,
            added_at: now,
            bootstrapped: false,
            queue: OfflineQueue::default(),
            line: None,
        };
        self.account(&number).devices.insert(device, companion);
        self.outcomes.insert(conn, Ok(device));
        self.end_line(conn, stream_error(515), "linked; the client logs in anew");
        self.announce(&number, device, Change::Added);
    }

    /// The newcomer would not be linked.
    pub(crate) fn fail_pairing(&mut self, conn: ConnId, reason: String) {
        if self.newcomer(conn).is_some() {
            self.outcomes.insert(conn, Err(reason));
        }
    }

    pub(crate) fn newcomer(&mut self, conn: ConnId) -> Option<&mut Newcomer> {
        match self.lines.get_mut(&conn)? {
            Peer::Newcomer(newcomer) => Some(newcomer),
            _ => None,
        }
    }

    fn request(&self, content: Node) -> Node {
        NodeBuilder::new("iq")
            .attr("from", server())
            .attr("type", "set")
            .attr("id", self.fresh_id())
            .attr("xmlns", "md")
            .attr("t", self.now_secs())
            .children([content])
            .build()
    }
}

impl QrCode {
    /// `reference,noise,identity,secret[,type]`; newer clients put a link in front, up to a `#`.
    fn parse(text: &str) -> Result<Self, LinkError> {
        let text = text.rsplit('#').next().unwrap_or(text).trim();
        let mut parts = text.split(',');
        let reference = parts.next().filter(|part| !part.is_empty());
        let mut key = |name| {
            let part = parts.next().ok_or(LinkError::NotAQrCode(name))?;
            let bytes = STANDARD.decode(part).map_err(|_| LinkError::NotAQrCode(name))?;
            bytes.try_into().map_err(|_| LinkError::NotAQrCode(name))
        };
        Ok(Self {
            reference: reference.ok_or(LinkError::NotAQrCode("its reference is missing"))?.to_owned(),
            noise_key: key("its noise key is missing or malformed")?,
            identity: key("its identity key is missing or malformed")?,
            adv_secret: key("its secret is missing or malformed")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(byte: u8) -> String {
        STANDARD.encode([byte; 32])
    }

    #[test]
    fn both_spellings_of_a_qr_code_are_read() {
        let plain = format!("2@abc,{},{},{}", key(1), key(2), key(3));
        for text in [plain.clone(), format!("https://wa.me/settings/linked_devices#{plain},1")] {
            let qr = QrCode::parse(&text).unwrap();
            assert_eq!((qr.reference.as_str(), qr.noise_key[0], qr.identity[0], qr.adv_secret[0]), ("2@abc", 1, 2, 3));
        }
    }

    #[test]
    fn a_wrong_qr_code_says_what_is_wrong() {
        let said = |text: &str| QrCode::parse(text).err().unwrap().to_string();
        assert!(said("").contains("reference"));
        assert!(said("hello").contains("noise key"));
        assert!(said(&format!("2@abc,{},{},AAAA", key(1), key(2))).contains("secret"));
    }
}
