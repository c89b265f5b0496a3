//! What happens to a gateway in this test: something of everything, with every secret kept for the search.

use std::path::Path;

use serde_json::{Value, json};

use super::{
    super::{
        gateway::{Client, Gateway, Order},
        network::Sandbox,
    },
    Secrets,
    receiver::Receiver,
};

const ANNA: &str = "6281550100001";
const BERT: &str = "6281550100002";
const CLEO: &str = "6281550100003";
const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

pub(super) struct Life {
    sandbox: Sandbox,
    client: Client,
    secrets: Secrets,
}

impl Life {
    /// From the first start to the end; returns all that was secret in between.
    pub(super) async fn lived(data: &Path, errors: &Path) -> Secrets {
        let (sandbox, mut secrets) = (Sandbox::start().await, Secrets::default());
        let master = secrets.keep("the master key", &"5e1f".repeat(16));
        let service = secrets.keep("the service token", "service-token-of-this-test");
        let order = Order::new(&sandbox.url(), data)
            .with("LOG_LEVEL", "trace")
            .with("SWITCHBOARD_MASTER_KEY", master)
            .with("WHATSAPP_SERVICE_TOKEN", service)
            .with("JWT_SECRET", secrets.keep("the signing secret", "signs-the-logins-of-this-test-alone"))
            .errors_into(errors);
        let gateway = Gateway::start(order).await;
        let mut life = Self { client: gateway.client(), sandbox, secrets };
        life.people().await;
        life.link().await;
        life.credentials().await;
        life.webhook().await;
        life.talk().await;
        life.group().await;
        life.call().await;
        life.trouble().await;
        life.hand_over().await;
        life.names().await;
        gateway.end().await;
        life.secrets
    }

    async fn people(&mut self) {
        for number in [ANNA, BERT, CLEO] {
            self.secrets.keep("a number", number);
            self.sandbox.post("/phones", json!({ "number": number, "name": "Somebody by Name" })).await;
        }
        self.secrets.keep("a name", "Somebody by Name");
        self.secrets.keep("the login", self.client.token());
    }

    /// One session by QR, one by code.
    async fn link(&mut self) {
        self.make("anna", json!({})).await;
        let qr = self.client.get("/v1/sessions/anna/qr?wait=30").await.unwrap()["code"].as_str().unwrap().to_owned();
        for part in qr.split(',').filter(|part| part.len() > 8) {
            self.secrets.keep("a part of the QR code", part);
        }
        self.sandbox.post(&format!("/phones/{ANNA}/scan"), json!({ "qr": qr })).await;
        self.make("cleo", json!({ "pairing": "code", "phone": CLEO })).await;
        let code = self.client.get("/v1/sessions/cleo/pairing-code?wait=30").await.unwrap()["code"]
            .as_str()
            .unwrap()
            .to_owned();
        self.secrets.keep("the pairing code", &code);
        self.secrets.keep("the pairing code", &code.replace('-', ""));
        self.sandbox.post(&format!("/phones/{CLEO}/link"), json!({ "code": code })).await;
        self.client.until_state("anna", "connected").await;
        self.client.until_state("cleo", "connected").await;
    }

    async fn make(&self, id: &str, how: Value) {
        self.client.post("/v1/sessions", json!({ "id": id })).await.unwrap();
        self.client.post(&format!("/v1/sessions/{id}/connect"), how).await.unwrap();
    }

    async fn credentials(&mut self) {
        let password = self.secrets.keep("a password", "correct horse battery");
        let user = json!({ "username": "ann", "password": password });
        self.client.post("/v1/users", user.clone()).await.unwrap();
        let login = self.client.post("/v1/login", user).await.unwrap();
        self.secrets.keep("a user's login", login["token"].as_str().unwrap());
        let wrong = self.secrets.keep("a wrong password", "correct horse batteries");
        let (status, _) = self.client.refused("/v1/login", json!({ "username": "ann", "password": wrong })).await;
        assert_eq!(status, 401);
        let stranger = self.client.with_token(&self.secrets.keep("a worthless key", "sk_worthless_key_of_nobody"));
        assert_eq!(stranger.refused("/v1/sessions", json!({})).await.0, 401);
    }

    /// Refused once, then delivered.
    async fn webhook(&mut self) {
        let mut receiver = Receiver::start().await;
        let url = format!("{}/{}", receiver.address, self.secrets.keep("a token in a URL", "hook-token-in-a-path"));
        let header = self.secrets.keep("a header of a webhook", "header-of-this-webhook");
        let order = json!({ "url": url, "session": "anna", "headers": { "authorization": header } });
        let made = self.client.post("/v1/webhooks", order).await.unwrap();
        self.secrets.keep("the secret of a webhook", made["secret"].as_str().unwrap());
        self.hear(BERT, "Anna, the vault opens at nine").await;
        receiver.until_repeated().await;
    }

    /// Texts and files, both ways.
    async fn talk(&mut self) {
        let text = self.secrets.keep("a text", "tell nobody about the vault");
        self.say(json!({ "text": text })).await;
        let caption = self.secrets.keep("a caption", "this is the door of it");
        let name = self.secrets.keep("a file's name", "plan-of-the-vault.txt");
        self.say(json!({ "content": { "type": "image", "data": PNG, "caption": caption } })).await;
        let bytes = self.secrets.keep("a file", "eW91IGRpZyBoZXJlLCBib3lz");
        self.say(json!({ "content": { "type": "document", "data": bytes, "file_name": name } })).await;
        let sent = json!({ "to": ANNA, "type": "image", "data": PNG, "caption": caption });
        let sent = self.sandbox.post(&format!("/phones/{BERT}/messages"), sent).await;
        let id = self.arrived(sent["id"].as_str().unwrap()).await;
        assert_eq!(self.client.bytes(&format!("/v1/sessions/anna/messages/{id}/media")).await.0, 200);
    }

    async fn group(&mut self) {
        let subject = self.secrets.keep("a group's subject", "Friends of the Vault");
        let order = json!({ "subject": subject, "participants": [BERT, CLEO] });
        let group = self.client.post("/v1/sessions/anna/groups", order).await.unwrap();
        let jid = group["jid"].as_str().or(group["id"].as_str()).unwrap().to_owned();
        let text = self.secrets.keep("a text to a group", "the vault is empty, friends");
        self.send(&jid, json!({ "text": text })).await;
        let answer = self.secrets.keep("a text in a group", "who has been there first");
        let sent = self.sandbox.post(&format!("/phones/{BERT}/messages"), json!({ "to": jid, "text": answer })).await;
        self.arrived(sent["id"].as_str().unwrap()).await;
    }

    /// Rejected, with a reply and a block.
    async fn call(&mut self) {
        let reply = self.secrets.keep("an automatic reply", "we do not take calls here");
        let rules = json!({ "enabled": true, "daily_limit": 1, "auto_reply_message": reply });
        self.client.patch("/v1/sessions/anna/call-blocking", rules).await;
        for _ in 0..2 {
            self.sandbox.post(&format!("/phones/{BERT}/calls"), json!({ "to": ANNA })).await;
        }
        self.until("contact.blocked", |_| true).await;
    }

    /// A cut line, a damaged message, a number that is nobody's, requests that make no sense.
    async fn trouble(&mut self) {
        self.sandbox.post("/faults", json!({ "kind": "drop", "number": ANNA })).await;
        self.client.until_state("anna", "disconnected").await;
        self.client.until_state("anna", "connected").await;
        self.sandbox.post("/faults", json!({ "kind": "corrupt", "number": ANNA, "count": 2 })).await;
        self.hear(BERT, "damaged on its way to you").await;
        let nobody = self.secrets.keep("a number of nobody", "6281550999999");
        self.client
            .post("/v1/sessions/anna/messages?wait=30", json!({ "to": nobody, "text": "is it you" }))
            .await
            .unwrap();
        let senseless = self.secrets.keep("a senseless text", "what shall become of this");
        for body in [json!({ "to": senseless, "text": senseless }), json!({ "to": BERT, "content": senseless })] {
            assert_eq!(self.client.refused("/v1/sessions/anna/messages", body).await.0, 400);
        }
    }

    /// To another program and back.
    async fn hand_over(&mut self) {
        let key = self.client.post("/v1/keys", json!({ "name": "program", "scopes": ["bots"] })).await.unwrap();
        let key = self.secrets.keep("an API key", key["key"].as_str().unwrap());
        let program = self.client.with_token(&key);
        let taken = program.get("/api/bots/anna/session").await.unwrap();
        self.secrets.keep_all("the state that was handed over", &taken["session"]);
        self.secrets.keep_all("the token of the hand-over", &taken["token"]);
        program
            .put_json("/api/bots/anna/session", json!({ "lease": taken["lease"], "session": taken["session"] }))
            .await;
        self.client.until_state("anna", "connected").await;
        self.hear(BERT, "are you back again").await;
    }

    /// The hidden ids, as the network gave them.
    async fn names(&mut self) {
        for account in self.sandbox.get("/state").await["accounts"].as_array().unwrap() {
            let lid = account["lid"].as_str().unwrap().split('@').next().unwrap();
            self.secrets.keep("a hidden id", lid);
        }
    }

    async fn hear(&mut self, from: &str, text: &str) {
        let text = self.secrets.keep("a text that came in", text);
        let id = self.sandbox.phone_sends(from, ANNA, &text).await;
        self.arrived(&id).await;
    }

    async fn say(&self, body: Value) {
        self.send(BERT, body).await;
    }

    async fn send(&self, to: &str, mut body: Value) {
        body["to"] = json!(to);
        let sent = self.client.post("/v1/sessions/anna/messages?wait=30", body).await.unwrap();
        assert!(["sent", "delivered"].contains(&sent["status"].as_str().unwrap()), "{sent}");
    }

    async fn arrived(&self, id: &str) -> String {
        self.until("message.received", |event| event["data"]["id"] == id).await;
        id.to_owned()
    }

    async fn until(&self, kind: &str, wanted: impl Fn(&Value) -> bool) {
        let found = async {
            let mut after = "0".to_owned();
            loop {
                let page = self.client.get(&format!("/v1/events?types={kind}&after={after}&wait=1")).await.unwrap();
                if page["events"].as_array().unwrap().iter().any(&wanted) {
                    return;
                }
                page["next_cursor"].as_str().unwrap().clone_into(&mut after);
            }
        };
        let found = tokio::time::timeout(super::super::gateway::PATIENCE, found).await;
        found.unwrap_or_else(|_| panic!("no such {kind} ever came"));
    }
}
