//! Calls between accounts. A call rings on the callee's phone and on all its companions until one of them, or the
//! caller, decides.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use wacore_binary::{Jid, Node};

use super::{Account, World};
use crate::random;
use crate::stanza::calls as words;

/// Older ones are forgotten.
const KEPT: usize = 1_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CallStatus {
    Ringing,
    Accepted,
    Rejected,
    Missed,
    Ended,
}

/// A call as one of its two parties has it in its history.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Call {
    pub call_id: String,
    /// The other party's bare JID.
    pub peer: String,
    pub incoming: bool,
    pub video: bool,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub group: Option<String>,
    pub status: CallStatus,
    pub timestamp: u64,
}

/// What a caller wants.
pub(crate) struct NewCall {
    pub(crate) video: bool,
    pub(crate) group: Option<Jid>,
    /// Members of a large group are told of a call without ringing.
    pub(crate) notice: bool,
}

#[derive(Debug, Error)]
pub(crate) enum CallError {
    #[error("the phone is offline")]
    PhoneOffline,
    #[error("a phone cannot call itself")]
    Itself,
    #[error("this phone knows no such call")]
    Unknown,
    #[error("the call is {0} already")]
    Over(&'static str),
    #[error("only the one who is called can answer")]
    NotCalled,
}

impl CallStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Ringing => "ringing",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::Missed => "missed",
            Self::Ended => "ended",
        }
    }

    fn is_open(self) -> bool {
        matches!(self, Self::Ringing | Self::Accepted)
    }
}

impl Call {
    pub(crate) fn is_ringing(&self) -> bool {
        self.status == CallStatus::Ringing
    }
}

impl Account {
    pub(crate) fn call(&self, call_id: &str) -> Option<&Call> {
        self.calls.iter().rev().find(|call| call.call_id == call_id)
    }

    fn remember_call(&mut self, call: Call) {
        self.calls.push_back(call);
        if self.calls.len() > KEPT {
            self.calls.pop_front();
        }
    }

    /// Nobody holds a line while the network is down.
    pub(crate) fn hang_up_all(&mut self) {
        for call in &mut self.calls {
            call.status = match call.status {
                CallStatus::Ringing => CallStatus::Missed,
                CallStatus::Accepted => CallStatus::Ended,
                other => other,
            };
        }
    }
}

impl World {
    /// The phone of `caller` rings at `callee`. One who has blocked the caller hears nothing of it.
    pub(crate) fn place_call(&mut self, caller: &str, callee: &str, new: &NewCall) -> Result<String, CallError> {
        if caller == callee {
            return Err(CallError::Itself);
        }
        let (now, blocked) = (self.now_secs(), self.has_blocked(callee, caller));
        let account = self.account(caller);
        if !account.phone.is_online() {
            return Err(CallError::PhoneOffline);
        }
        let call = Call {
            call_id: hex::encode_upper(random::bytes::<16>()),
            peer: Jid::pn(callee).to_string(),
            incoming: false,
            video: new.video,
            group: new.group.as_ref().map(ToString::to_string),
            status: CallStatus::Ringing,
            timestamp: now,
        };
        account.remember_call(call.clone());
        let action = words::offer(account, &call, new.notice);
        if !blocked {
            let taken = Call { peer: Jid::pn(caller).to_string(), incoming: true, ..call.clone() };
            self.account(callee).remember_call(taken);
            self.acquaint(caller, callee);
            self.tell_companions(caller, callee, &action, None);
        }
        Ok(call.call_id)
    }

    /// Somebody at `number` takes the call: `device` of it, or the phone.
    pub(crate) fn accept_call(&mut self, number: &str, call_id: &str, device: Option<u16>) -> Result<(), CallError> {
        self.answer_call(number, call_id, device, CallStatus::Accepted, "accepted_elsewhere")
    }

    pub(crate) fn reject_call(&mut self, number: &str, call_id: &str, device: Option<u16>) -> Result<(), CallError> {
        self.answer_call(number, call_id, device, CallStatus::Rejected, "rejected_elsewhere")
    }

    fn answer_call(
        &mut self,
        number: &str,
        call_id: &str,
        device: Option<u16>,
        status: CallStatus,
        others_hear: &str,
    ) -> Result<(), CallError> {
        let call = self.open_call(number, call_id)?;
        if !call.incoming {
            return Err(CallError::NotCalled);
        }
        if call.status != CallStatus::Ringing {
            return Err(CallError::Over(call.status.as_str()));
        }
        let caller = self.set_call(number, &call, status);
        // It is the caller who stops the ringing elsewhere.
        self.dismiss(&caller, number, &call, Some(others_hear), device);
        Ok(())
    }

    /// Either party ends the call, or the caller gives up.
    pub(crate) fn end_call(&mut self, number: &str, call_id: &str, reason: Option<&str>) -> Result<(), CallError> {
        let call = self.open_call(number, call_id)?;
        match (call.status, call.incoming) {
            (CallStatus::Ringing, true) => self.reject_call(number, call_id, None),
            (status, incoming) => {
                let over = if status == CallStatus::Ringing { CallStatus::Missed } else { CallStatus::Ended };
                let peer = self.set_call(number, &call, over);
                let (caller, callee) = if incoming { (peer.as_str(), number) } else { (number, peer.as_str()) };
                self.dismiss(caller, callee, &call, reason, None);
                Ok(())
            }
        }
    }

    fn open_call(&self, number: &str, call_id: &str) -> Result<Call, CallError> {
        let call = self.accounts.get(number).and_then(|account| account.call(call_id)).ok_or(CallError::Unknown)?;
        if call.status.is_open() { Ok(call.clone()) } else { Err(CallError::Over(call.status.as_str())) }
    }

    /// In the histories of both; gives the other party's number.
    fn set_call(&mut self, number: &str, call: &Call, status: CallStatus) -> String {
        let peer = call.peer.split('@').next().unwrap_or_default().to_owned();
        for party in [number, peer.as_str()] {
            let calls = self.known(party).map(|account| account.calls.iter_mut());
            for found in calls.into_iter().flatten().filter(|found| found.call_id == call.call_id) {
                found.status = status;
            }
        }
        peer
    }

    fn dismiss(&mut self, caller: &str, callee: &str, call: &Call, reason: Option<&str>, except: Option<u16>) {
        // A caller that was blocked has nobody to tell.
        if self.accounts.get(callee).is_none_or(|account| account.call(&call.call_id).is_none()) {
            return;
        }
        let Some(account) = self.accounts.get(caller) else { return };
        let action = words::terminate(account, call, reason);
        self.tell_companions(caller, callee, &action, except);
    }

    /// Puts the action into a stanza of its own for each companion.
    fn tell_companions(&mut self, caller: &str, callee: &str, action: &Node, except: Option<u16>) {
        let devices: Vec<u16> =
            self.accounts.get(callee).map(|account| account.devices.keys().copied().collect()).unwrap_or_default();
        for device in devices.into_iter().filter(|device| Some(*device) != except) {
            let Some(account) = self.accounts.get(caller) else { return };
            let stanza = words::call(account, self.fresh_id(), self.now_secs(), action.clone());
            self.deliver_to_companion(callee, device, stanza);
        }
    }
}
