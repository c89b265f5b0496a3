//! whatsapp-rust, inside the test's own process.

use std::sync::Arc;

use wacore::iq::groups::{GroupCreateOptions, GroupDescription, GroupParticipantOptions, GroupSubject};
use wacore::proto_helpers::MessageExt as _;
use wacore::store::in_memory::InMemoryBackend;
use wacore::types::call::{CallAction, IncomingCall};
use wacore::types::events::{Event, EventHandler};
use wacore::types::presence::ReceiptType;
use wacore_binary::Jid;
use waproto::whatsapp as wa;
use whatsapp_rust::bot::{Bot, BotHandle};
use whatsapp_rust::features::PreviousDescription;
use whatsapp_rust::http::{HttpClient, HttpRequest, HttpResponse};
use whatsapp_rust::pair_code::PairCodeOptions;
use whatsapp_rust::transport::TokioWebSocketTransportFactory;

use super::client::{Client, GroupChange, GroupSeen, Link};
use super::events::{Events, Mark, Received, Ring, Seen};

/// Given, so that the client does not look for the current one on the internet.
const APP_VERSION: (u32, u32, u32) = (2, 3000, 1_035_194_821);

pub(crate) struct WhatsappRust {
    store: Arc<InMemoryBackend>,
    events: Events,
    running: Option<BotHandle>,
}

impl Client for WhatsappRust {
    const RESUMES: bool = true;

    async fn create() -> Self {
        Self { store: Arc::new(InMemoryBackend::new()), events: Events::default(), running: None }
    }

    async fn start(&mut self, url: &str, link: Link<'_>) {
        let bot = Bot::builder()
            .with_backend_arc(self.store.clone())
            .with_transport_factory(TokioWebSocketTransportFactory::new().with_url(url))
            .with_http_client(NoHttp)
            .with_version(APP_VERSION)
            .with_event_handler(Watcher(self.events.clone()));
        let bot = match link {
            Link::Code { number } => {
                bot.with_pair_code(PairCodeOptions { phone_number: number.into(), ..PairCodeOptions::default() })
            }
            Link::Qr | Link::Resume => bot,
        };
        self.running = Some(bot.build().await.unwrap().spawn());
    }

    async fn stop(&mut self) {
        self.running.take().unwrap().shutdown().await;
    }

    async fn twin(&self) -> Self {
        Self { store: Arc::clone(&self.store), events: Events::default(), running: None }
    }

    /// It connects again by itself.
    async fn after_loss(&mut self, _: &str) {}

    async fn send(&self, number: &str, text: &str) -> String {
        let message = wa::Message { conversation: Some(text.into()), ..Default::default() };
        self.client().send_message(Jid::pn(number), message).await.unwrap().message_id
    }

    async fn is_on_whatsapp(&self, number: &str) -> bool {
        let found = self.client().contacts().is_on_whatsapp(&[Jid::pn(number)]).await.unwrap();
        found.iter().any(|user| user.is_registered)
    }

    async fn read(&self, chat: &str, id: &str) {
        self.client().mark_as_read(&chat.parse().unwrap(), None, &[id]).await.unwrap();
    }

    async fn reject(&self, ring: &Ring) {
        let from: Jid = ring.from.parse().unwrap();
        self.client().voip().reject_call(&ring.id, &from.to_non_ad(), &from).await.unwrap();
    }

    async fn logout(&self) {
        self.client().logout().await;
    }

    async fn send_to(&self, chat: &str, text: &str) -> String {
        let message = wa::Message { conversation: Some(text.into()), ..Default::default() };
        self.client().send_message(chat.parse::<Jid>().unwrap(), message).await.unwrap().message_id
    }

    async fn create_group(&self, subject: &str, numbers: &[&str]) -> String {
        let members = numbers.iter().map(|number| GroupParticipantOptions::new(Jid::pn(*number))).collect();
        let options = GroupCreateOptions::new(subject).with_participants(members);
        self.client().groups().create_group(options).await.unwrap().metadata.id.to_string()
    }

    async fn groups(&self) -> Vec<GroupSeen> {
        let found = self.client().groups().get_participating().await.unwrap();
        let groups = found.into_iter().map(|(jid, group)| GroupSeen {
            jid: jid.to_string(),
            subject: group.subject.clone(),
            size: group.participants.len(),
        });
        groups.collect()
    }

    async fn change_group(&self, group: &str, change: GroupChange<'_>) {
        let client = self.client();
        let (groups, jid) = (client.groups(), group.parse::<Jid>().unwrap());
        match change {
            GroupChange::Add(number) => groups.add_participants(&jid, &[Jid::pn(number)]).await.map(drop),
            GroupChange::Remove(number) => groups.remove_participants(&jid, &[Jid::pn(number)]).await.map(drop),
            GroupChange::Promote(number) => groups.promote_participants(&jid, &[Jid::pn(number)]).await.map(drop),
            GroupChange::Demote(number) => groups.demote_participants(&jid, &[Jid::pn(number)]).await.map(drop),
            GroupChange::Subject(text) => groups.set_subject(&jid, GroupSubject::new(text).unwrap()).await,
            GroupChange::Description(text) => {
                let text = GroupDescription::new(text).unwrap();
                groups.set_description(&jid, Some(text), PreviousDescription::Resolve).await
            }
            GroupChange::Announcement(on) => groups.set_announce(&jid, on).await,
            GroupChange::Locked(on) => groups.set_locked(&jid, on).await,
            GroupChange::Join(code) => groups.join_with_invite_code(code).await.map(drop),
            GroupChange::Leave => groups.leave(&jid).await,
        }
        .unwrap();
    }

    async fn invite_code(&self, group: &str) -> String {
        let link = self.client().groups().get_invite_link(&group.parse::<Jid>().unwrap(), false).await.unwrap();
        link.rsplit('/').next().unwrap().to_owned()
    }

    fn events(&self) -> &Events {
        &self.events
    }
}

impl WhatsappRust {
    fn client(&self) -> Arc<whatsapp_rust::Client> {
        self.running.as_ref().expect("the client has been started").client()
    }
}

struct Watcher(Events);

impl EventHandler for Watcher {
    fn handle_event(&self, event: Arc<Event>) {
        match &*event {
            Event::PairingQrCode(qr) => self.0.push(Seen::Qr(qr.code.clone())),
            Event::PairingCode(code) => self.0.push(Seen::Code(code.code.clone())),
            Event::Connected(_) => self.0.push(Seen::Open),
            Event::StreamReplaced(_) => self.0.push(Seen::Closed(Some(440))),
            Event::LoggedOut(_) => self.0.push(Seen::Closed(Some(401))),
            Event::Messages(batch) => batch.iter().for_each(|m| self.received(&m.message, &m.info)),
            Event::IncomingCall(call) => self.called(call),
            Event::Receipt(receipt) => self.marked(&receipt.r#type, &receipt.message_ids),
            Event::PairError(_) | Event::PairingCodeError(_) => self.0.push(Seen::Complaint(format!("{event:?}"))),
            _ => {}
        }
    }
}

impl Watcher {
    fn received(&self, message: &wa::Message, info: &wacore::types::message::MessageInfo) {
        self.0.push(Seen::Message(Received {
            id: info.id.to_string(),
            chat: info.source.chat.to_string(),
            text: message.text_content().unwrap_or_default().into(),
            from_me: info.source.is_from_me,
            whole: serde_json::Value::Null,
        }));
    }

    /// In the words that Baileys has for it.
    fn called(&self, call: &IncomingCall) {
        let (number, video, status) = match &call.action {
            CallAction::Offer { caller_pn, is_video, .. } => {
                (caller_pn.as_ref().map(ToString::to_string), *is_video, "offer")
            }
            CallAction::Terminate { .. } => (None, false, "terminate"),
            _ => return,
        };
        self.0.push(Seen::Call(Ring {
            id: call.action.call_id().into(),
            from: call.action.call_creator().to_string(),
            number,
            status: status.into(),
            video,
        }));
    }

    fn marked(&self, kind: &ReceiptType, ids: &[impl ToString]) {
        let mark = match kind {
            ReceiptType::Delivered | ReceiptType::Inactive => Mark::Delivered,
            ReceiptType::Read => Mark::Read,
            _ => return,
        };
        ids.iter().for_each(|id| self.0.push(Seen::Mark { id: id.to_string(), mark }));
    }
}

/// Nothing tried here needs a download.
struct NoHttp;

#[async_trait::async_trait]
impl HttpClient for NoHttp {
    async fn execute(&self, request: HttpRequest) -> anyhow::Result<HttpResponse> {
        anyhow::bail!("this test has no HTTP, asked for {}", request.url)
    }
}
