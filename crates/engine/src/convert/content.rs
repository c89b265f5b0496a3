//! What a message carries.
//!
//! Nothing that a person did may vanish: what is not understood yet is kept under the protocol's own name for it.
//! Only the devices' talk among themselves (keys, history, settings) is not a message.

use switchboard_model::Content;
use wacore::proto_helpers::MessageExt;
use waproto::whatsapp as wa;

use super::{
    contact,
    kinds::kind,
    location, media,
    poll::{self, SealedVote},
    protocol, reaction,
    reference::Scene,
};

#[derive(Debug, PartialEq)]
pub(crate) enum Reading {
    Message(Content),
    /// It says nothing yet: it has to be opened with the poll's secret.
    Vote(SealedVote),
    /// The devices' own business.
    Plumbing,
}

impl Reading {
    pub(super) fn unknown(kind: &str) -> Self {
        Self::Message(Content::Unknown { kind: kind.to_owned() })
    }
}

/// Reads a message without its wrappers (sent from another device, disappearing, view once, edited).
pub(crate) fn read(message: &wa::Message, scene: &Scene) -> Reading {
    let message = message.get_base_message();
    if let Some(content) = known(message, scene) {
        return Reading::Message(content);
    }
    if let Some(vote) = poll::read_vote(message, scene) {
        return vote;
    }
    if let Some(kind) = kind(message) {
        return Reading::unknown(kind);
    }
    match message.protocol_message.as_option() {
        Some(protocol) => protocol::read(protocol, scene),
        None if is_only_keys(message) => Reading::Plumbing,
        None => Reading::unknown("unrecognised"),
    }
}

fn known(message: &wa::Message, scene: &Scene) -> Option<Content> {
    text(message)
        .map(|text| Content::Text { text: text.to_owned() })
        .or_else(|| reaction::read(message, scene))
        .or_else(|| media::read(message))
        .or_else(|| location::read(message))
        .or_else(|| contact::read(message))
        .or_else(|| poll::read(message))
}

fn text(message: &wa::Message) -> Option<&str> {
    let extended = message.extended_text_message.as_option().map(|extended| extended.text.as_deref());
    message.conversation.as_deref().filter(|text| !text.is_empty()).or_else(|| extended.map(Option::unwrap_or_default))
}

/// A group's keys travel in a message of their own when nothing else goes with them.
fn is_only_keys(message: &wa::Message) -> bool {
    let keys = message.sender_key_distribution_message.is_set()
        || message.fast_ratchet_key_sender_key_distribution_message.is_set();
    let bare = wa::Message { message_context_info: message.message_context_info.clone(), ..Default::default() };
    keys || waproto::codec::message_encoded_len(message) == waproto::codec::message_encoded_len(&bare)
}

#[cfg(test)]
mod tests {
    use switchboard_core::engine::Draft;
    use switchboard_model::{
        ContactCard, Context, LiveLocation, Location, Media, MessageId, MessageRef, Poll, PollVote, Quote, RemoteMedia,
        Timestamp,
    };
    use waproto::whatsapp::message::protocol_message::Type;
    use whatsapp_rust::buffa::MessageField;

    use super::{
        super::{
            context, finish,
            reference::tests::{anna, ben, from_ben},
        },
        *,
    };

    fn text_message(text: &str) -> wa::Message {
        wa::Message { conversation: Some(text.to_owned()), ..Default::default() }
    }

    fn protocol(kind: Type) -> wa::Message {
        let protocol = wa::message::ProtocolMessage { r#type: Some(kind), ..Default::default() };
        wa::Message { protocol_message: MessageField::some(protocol), ..Default::default() }
    }

    fn read(message: &wa::Message) -> Reading {
        super::read(message, &from_ben())
    }

    /// Ben's gateway finishes a message to Anna.
    fn finished(content: &Content, context: &Context, secret: Option<&[u8]>) -> wa::Message {
        let (session, chat, own) = ("s".parse().unwrap(), anna().jid, ben());
        let at = Timestamp::from_secs(1_767_603_600);
        let draft = Draft { session: &session, chat: &chat, own: &own, at, content, context };
        waproto::codec::message_decode(&finish(&draft, secret).unwrap()).unwrap()
    }

    fn bens(id: &str) -> MessageRef {
        MessageRef { id: MessageId(id.to_owned()), from_me: true, sender: Some(ben()) }
    }

    /// The same message on Anna's side.
    fn seen_by_anna(target: &MessageRef) -> MessageRef {
        MessageRef { from_me: false, ..target.clone() }
    }

    #[test]
    fn text_is_read_in_both_of_its_forms_and_through_wrappers() {
        let said = |text: &str| Reading::Message(Content::Text { text: text.to_owned() });
        assert_eq!(read(&text_message("hello")), said("hello"));
        let extended = wa::message::ExtendedTextMessage { text: Some("a link".into()), ..Default::default() };
        let extended = wa::Message { extended_text_message: MessageField::some(extended), ..Default::default() };
        assert_eq!(read(&extended), said("a link"));
        let inner = wa::message::FutureProofMessage { message: MessageField::some(text_message("gone soon")) };
        let wrapped = wa::Message { ephemeral_message: MessageField::some(inner), ..Default::default() };
        assert_eq!(read(&wrapped), said("gone soon"));
    }

    #[test]
    fn what_is_not_understood_keeps_its_name() {
        let order = wa::Message { order_message: MessageField::some(Default::default()), ..Default::default() };
        assert_eq!(read(&order), Reading::unknown("order_message"));
        let nothing = wa::Message { reaction_message: MessageField::some(Default::default()), ..Default::default() };
        assert_eq!(read(&nothing), Reading::unknown("reaction_message"));
        assert_eq!(read(&protocol(Type::Revoke)), Reading::unknown("revoke"));
    }

    #[test]
    fn the_devices_own_talk_is_no_message() {
        assert_eq!(read(&protocol(Type::AppStateSyncKeyShare)), Reading::Plumbing);
        assert_eq!(read(&protocol(Type::HistorySyncNotification)), Reading::Plumbing);
        let keys = MessageField::some(Default::default());
        let keys = wa::Message { sender_key_distribution_message: keys, ..Default::default() };
        assert_eq!(read(&keys), Reading::Plumbing);
    }

    fn file(mimetype: &str) -> Media {
        let digest = |byte: &str| byte.repeat(32);
        let remote = RemoteMedia {
            url: "https://media.example/v/1".to_owned(),
            direct_path: "/v/1".to_owned(),
            key: digest("0a"),
            enc_sha256: digest("0b"),
            key_at: 7,
        };
        let caption = Some("look".to_owned());
        let mimetype = mimetype.to_owned();
        Media { mimetype, size: 9, sha256: digest("0c"), caption, remote: Some(remote), ..Media::default() }
    }

    #[test]
    fn every_kind_reads_back_as_it_was_written() {
        let target = bens("A");
        let card = |name: &str| ContactCard { name: name.to_owned(), vcard: "BEGIN:VCARD\nEND:VCARD".to_owned() };
        let options = vec!["yes".to_owned(), "no".to_owned()];
        let place = Location { latitude: 1.5, longitude: -2.5, name: Some("Home".to_owned()), ..Default::default() };
        let all = [
            Content::Text { text: "héllo".to_owned() },
            Content::Location(place),
            Content::LiveLocation(LiveLocation { latitude: 1.0, sequence: 7, ..Default::default() }),
            Content::Contact { contacts: vec![card("Ben")] },
            Content::Contact { contacts: vec![card("Ben"), card("Cleo")] },
            Content::Poll(Poll { question: "?".to_owned(), options: options.clone(), selectable: 1 }),
            Content::Image(Media { width: Some(4), height: Some(3), ..file("image/png") }),
            Content::Video(Media { gif: true, ..file("video/mp4") }),
            Content::Audio(Media { voice: true, seconds: Some(3), caption: None, ..file("audio/ogg") }),
            Content::Document(Media { file_name: Some("a.pdf".to_owned()), ..file("application/pdf") }),
            Content::Sticker(Media { caption: None, ..file("image/webp") }),
            Content::Poll(Poll { question: "?".to_owned(), options, selectable: 0 }),
        ];
        for content in all {
            assert_eq!(read(&finished(&content, &Context::default(), None)), Reading::Message(content));
        }
        let about = |target: MessageRef| {
            [
                Content::Reaction { target: target.clone(), emoji: "👍".to_owned() },
                Content::Edit { target: target.clone(), text: "better".to_owned() },
                Content::Revoke { target },
            ]
        };
        for (sent, seen) in about(target.clone()).into_iter().zip(about(seen_by_anna(&target))) {
            assert_eq!(read(&finished(&sent, &Context::default(), None)), Reading::Message(seen));
        }
    }

    #[test]
    fn a_vote_opens_with_the_polls_secret_alone() {
        let options = vec!["yes".to_owned()];
        let annas = MessageRef { id: MessageId("P".to_owned()), from_me: false, sender: Some(anna()) };
        let vote = Content::PollVote(PollVote { poll: annas, options, hashes: Vec::new() });
        let message = finished(&vote, &Context::default(), Some(&[7; 32]));
        let Reading::Vote(sealed) = read(&message) else { panic!("{message:?}") };
        assert!(sealed.poll.from_me, "it is Anna's own poll");
        assert_eq!(poll::open(&sealed, &[8; 32], &ben()), None);
        let opened = poll::open(&sealed, &[7; 32], &ben()).unwrap();
        assert_eq!(opened.hashes, [hex::encode(wacore::poll::compute_option_hash("yes"))]);
    }

    #[test]
    fn what_goes_along_arrives() {
        let said = Content::Text { text: "see https://example.org/ @15550000001".to_owned() };
        let quoted = Content::Text { text: "what?".to_owned() };
        let annas = MessageRef { id: MessageId("Q".to_owned()), from_me: false, sender: Some(anna()) };
        let preview = switchboard_model::LinkPreview {
            url: "https://example.org/".to_owned(),
            title: Some("Example".to_owned()),
            description: None,
        };
        let sent = Context {
            quoted: Some(Quote { message: annas.clone(), content: Some(Box::new(quoted.clone())) }),
            mentions: vec![anna().jid],
            forwarded: Some(2),
            expires_in: Some(86_400),
            link_preview: Some(preview),
            view_once: false,
            audience: Vec::new(),
            post: None,
        };
        let message = finished(&said, &sent, None);
        let seen = context::read(&message, &from_ben());
        let expected = Quote { message: MessageRef { from_me: true, ..annas }, content: Some(Box::new(quoted)) };
        assert_eq!(seen, Context { quoted: Some(expected), ..sent });
        assert_eq!(read(&message), Reading::Message(said));
    }

    #[test]
    fn a_finished_message_carries_a_secret_of_its_own() {
        let content = Content::Text { text: "héllo".into() };
        let (one, other) =
            (finished(&content, &Context::default(), None), finished(&content, &Context::default(), None));
        let secret = |message: &wa::Message| wacore::reporting_token::extract_message_secret(message).unwrap().to_vec();
        assert_eq!(secret(&one).len(), 32);
        assert_ne!(secret(&one), secret(&other), "no two messages share a secret");
    }
}
