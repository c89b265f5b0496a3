//! Calls: what the network tells of them, and declining them.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use switchboard_core::engine::{CallFact, Fact};
use switchboard_model::{Call, CallStatus, Timestamp};
use wacore::types::call::{CallAction, IncomingCall, MissedCall};
use whatsapp_rust::Jid;

use crate::{convert::engine_jid, events::Events};

/// Where so many of the newest calls came from is remembered.
const REMEMBERED: usize = 256;
const ACCEPTED_ELSEWHERE: &str = "accepted_elsewhere";
const REJECTED_ELSEWHERE: &str = "rejected_elsewhere";

/// The addresses that a refusal must carry just as the offer did: a call may come from any device of the caller.
#[derive(Default)]
pub(crate) struct Signalling(Mutex<VecDeque<Source>>);

#[derive(Clone)]
pub(crate) struct Source {
    call: String,
    pub(crate) peer: Jid,
    pub(crate) creator: Jid,
}

impl Signalling {
    fn remember(&self, call: &IncomingCall) {
        let mut sources = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        sources.push_back(Source {
            call: call.action.call_id().to_owned(),
            peer: call.from.clone(),
            creator: call.action.call_creator().clone(),
        });
        if sources.len() > REMEMBERED {
            sources.pop_front();
        }
    }

    /// Of a call from before this link began only the caller is known.
    pub(crate) fn source(&self, call: &Call) -> Source {
        let sources = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = sources.iter().rev().find(|source| source.call == call.id).cloned();
        known.unwrap_or_else(|| {
            let caller =
                call.from.lid.as_ref().map_or_else(|| engine_jid(&call.from.jid), |lid| Jid::lid(lid.to_string()));
            Source { call: call.id.clone(), peer: caller.clone(), creator: caller }
        })
    }
}

impl Events {
    pub(crate) fn called(&self, incoming: &IncomingCall) {
        let fact = match &incoming.action {
            CallAction::Offer { .. } => self.call(incoming).map(offered),
            CallAction::OfferNotice { .. } => self.call(incoming).map(CallFact::Noticed),
            CallAction::Terminate { call_id, reason, .. } => Some(ended(call_id, reason.as_deref())),
            // The talk about media, and answers to calls that this account makes, which is for those who take part.
            _ => None,
        };
        if let Some(fact) = fact {
            self.state.signalling.remember(incoming);
            self.inlet.report(Fact::Call(fact));
        }
    }

    /// The network tells little of a call that nobody was here for.
    pub(crate) fn missed(&self, missed: &MissedCall) {
        let Some(from) = self.party(&missed.from, None) else { return };
        let call = Call {
            id: missed.call_id.clone(),
            from,
            video: false,
            group: false,
            group_jid: None,
            timestamp: Timestamp::from_millis(missed.timestamp.timestamp_millis()),
        };
        self.inlet.report(Fact::Call(CallFact::Offered { call, status: CallStatus::Missed }));
    }

    fn call(&self, incoming: &IncomingCall) -> Option<Call> {
        let (number, video, group, group_jid) = match &incoming.action {
            CallAction::Offer { caller_pn, is_video, group_jid, .. } => {
                let group = group_jid.is_some() || incoming.group.is_some();
                (caller_pn.as_ref(), *is_video, group, group_jid.as_ref())
            }
            CallAction::OfferNotice { is_video, is_group, .. } => (None, *is_video, *is_group, None),
            _ => return None,
        };
        Some(Call {
            id: incoming.action.call_id().to_owned(),
            from: self.party(incoming.action.call_creator(), number.or(Some(&incoming.from)))?,
            video,
            group,
            group_jid: group_jid.and_then(|jid| self.party(jid, None)).map(|group| group.jid),
            timestamp: Timestamp::from_millis(incoming.timestamp.timestamp_millis()),
        })
    }
}

fn offered(call: Call) -> CallFact {
    CallFact::Offered { call, status: CallStatus::Ringing }
}

fn ended(id: &str, reason: Option<&str>) -> CallFact {
    let (status, elsewhere) = match reason {
        Some(ACCEPTED_ELSEWHERE) => (CallStatus::Accepted, true),
        Some(REJECTED_ELSEWHERE) => (CallStatus::Rejected, true),
        _ => (CallStatus::Ended, false),
    };
    CallFact::Changed { id: id.to_owned(), status, elsewhere }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_another_device_accepts_or_rejects() {
        let status = |reason| match ended("1", reason) {
            CallFact::Changed { status, elsewhere, .. } => (status, elsewhere),
            other => panic!("{other:?}"),
        };
        assert_eq!(status(Some("accepted_elsewhere")), (CallStatus::Accepted, true));
        assert_eq!(status(Some("rejected_elsewhere")), (CallStatus::Rejected, true));
        assert_eq!(status(Some("timeout")), (CallStatus::Ended, false));
        assert_eq!(status(None), (CallStatus::Ended, false));
    }

    #[test]
    fn a_refusal_goes_where_the_offer_came_from() {
        let signalling = Signalling::default();
        let from = switchboard_model::Party::person("393331234567".parse().ok(), "100000000000001".parse().ok());
        let call = Call {
            id: "1".to_owned(),
            from: from.unwrap(),
            video: false,
            group: false,
            group_jid: None,
            timestamp: Timestamp::default(),
        };
        assert_eq!(signalling.source(&call).peer, Jid::lid("100000000000001"));
        let (peer, creator) = (Jid::lid("100000000000001"), Jid::lid("100000000000001").with_device(3));
        let offer = CallAction::Terminate {
            call_id: "1".to_owned(),
            call_creator: creator.clone(),
            reason: None,
            duration: None,
            audio_duration: None,
        };
        let incoming = IncomingCall::builder()
            .from(peer.clone())
            .stanza_id("s".to_owned())
            .timestamp(Default::default())
            .offline(false)
            .action(offer)
            .build();
        signalling.remember(&incoming);
        let source = signalling.source(&call);
        assert_eq!((source.peer, source.creator), (peer, creator));
    }
}
