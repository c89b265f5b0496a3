//! What the gateway asks of the network through a link of the fake.

use std::{
    fs::File,
    io::{Read, Seek, Write},
    time::Duration,
};

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use switchboard_model::{Call, Jid, Media, MediaKind, MessageId, Party, Phone, RemoteMedia};

use super::{
    super::{EngineError, Fact, Link, NumberStatus, Pulse, Transmit, Uploaded},
    Answer, FakeLink,
};

#[async_trait]
impl Link for FakeLink {
    async fn transmit(&self, message: &Transmit) -> Result<(), EngineError> {
        self.online()?;
        let answer = self.session().script().answer.clone();
        self.session().tries.send_modify(|tries| *tries += 1);
        if let Answer::Fail(error) = answer {
            return Err(error);
        }
        self.session().sent.send_modify(|sent| sent.push(message.clone()));
        match answer {
            Answer::Ack => self.report(Fact::Acked { id: message.id.clone(), error: None }),
            Answer::Nack(code) => self.report(Fact::Acked { id: message.id.clone(), error: Some(code) }),
            Answer::Silence | Answer::Fail(_) => {}
        }
        Ok(())
    }

    async fn mark_read(&self, _chat: &Jid, _sender: Option<&Jid>, ids: &[MessageId]) -> Result<(), EngineError> {
        self.online()?;
        self.session().script().read.extend_from_slice(ids);
        Ok(())
    }

    async fn upload(&self, _kind: MediaKind, mut file: File) -> Result<Uploaded, EngineError> {
        self.online()?;
        let mut bytes = Vec::new();
        let read = file.rewind().and_then(|()| file.read_to_end(&mut bytes));
        read.map_err(|error| EngineError::Other(error.to_string()))?;
        let (sha256, size) = (hex::encode(Sha256::digest(&bytes)), bytes.len() as u64);
        let (direct_path, key) = (format!("/fake/{sha256}"), "00".repeat(32));
        self.session().script().files.insert(direct_path.clone(), bytes);
        let url = format!("https://media.invalid{direct_path}");
        let remote = RemoteMedia { url, direct_path, enc_sha256: key.clone(), key, key_at: 0 };
        Ok(Uploaded { remote, sha256, size })
    }

    async fn download(&self, _kind: MediaKind, media: &Media, mut into: File) -> Result<File, EngineError> {
        self.online()?;
        let path = media.remote.as_ref().map(|remote| remote.direct_path.clone()).unwrap_or_default();
        let bytes = self.session().script().files.get(&path).cloned();
        let bytes = bytes.ok_or_else(|| EngineError::Refused("the network has it no more".to_owned()))?;
        let written = into.write_all(&bytes).and_then(|()| into.rewind());
        written.map(|()| into).map_err(|error| EngineError::Other(error.to_string()))
    }

    /// Every number is known, unless it ends in 0.
    async fn check_numbers(&self, phones: &[Phone]) -> Result<Vec<NumberStatus>, EngineError> {
        self.online()?;
        Ok(phones.iter().map(number_status).collect())
    }

    async fn reject_call(&self, call: &Call) -> Result<(), EngineError> {
        self.online()?;
        self.session().rejected.send_modify(|rejected| rejected.push(call.id.clone()));
        Ok(())
    }

    async fn block(&self, contact: &Party) -> Result<(), EngineError> {
        self.online()?;
        self.session().script().blocked.push(contact.clone());
        Ok(())
    }

    async fn unblock(&self, contact: &Party) -> Result<(), EngineError> {
        self.online()?;
        self.session().script().blocked.retain(|other| other != contact);
        Ok(())
    }

    async fn close(&self) {
        self.session().may_close().await;
        self.end();
    }

    async fn unlink(&self) -> Result<(), EngineError> {
        self.online()?;
        let mut script = self.session().script();
        script.linked = false;
        script.unlinked = true;
        drop(script);
        self.end();
        Ok(())
    }

    fn abort(&self) {
        self.end();
    }

    fn pulse(&self) -> Pulse {
        let silent_for = self.session().script().silent_for.or(Some(Duration::ZERO));
        Pulse { silent_for, ended: self.has_ended(), halted: false }
    }
}

fn number_status(phone: &Phone) -> NumberStatus {
    let on_whatsapp = !phone.digits().ends_with('0');
    NumberStatus { phone: phone.clone(), on_whatsapp, lid: None, business: false, verified_name: None }
}
