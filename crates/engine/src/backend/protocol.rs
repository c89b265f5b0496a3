//! Who has which sender key, which LID is which number, which devices a user has, and the smaller buffers.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use wacore::store::traits::{
    DeviceListRecord, LidPnMappingEntry, PendingInboundKey, PendingInboundRow, ProtocolStore, TcTokenEntry,
};

use super::{
    SessionStore,
    error::{Result, decode, encode},
    key,
};

/// One row for each group: which device has the group's sender key.
pub(crate) const SENDER_KEY_DEVICES: &str = "sender_key_devices";
pub(crate) const LID: &str = "lid";
pub(crate) const PN: &str = "pn";
pub(crate) const BASE_KEY: &str = "base_key";
pub(crate) const DEVICES: &str = "devices";
pub(crate) const GROUP: &str = "group";

type Holders = BTreeMap<String, bool>;

#[async_trait]
impl ProtocolStore for SessionStore {
    async fn get_sender_key_devices(&self, group: &str) -> Result<Vec<(String, bool)>> {
        let holders: Option<Holders> = self.json(SENDER_KEY_DEVICES, group).await?;
        Ok(holders.unwrap_or_default().into_iter().collect())
    }

    async fn set_sender_key_status(&self, group: &str, entries: &[(&str, bool)]) -> Result<()> {
        let entries: Holders = entries.iter().map(|(device, has)| ((*device).to_owned(), *has)).collect();
        let change = Arc::new((key(group), entries));
        self.write(move |mut w| {
            let change = Arc::clone(&change);
            Box::pin(async move {
                let mut holders: Holders = w.get_json(SENDER_KEY_DEVICES, &change.0).await?.unwrap_or_default();
                holders.extend(change.1.clone());
                w.put_json(SENDER_KEY_DEVICES, &change.0, &holders).await
            })
        })
        .await
    }

    async fn clear_sender_key_devices(&self, group: &str) -> Result<()> {
        self.delete(SENDER_KEY_DEVICES, vec![key(group)]).await
    }

    async fn delete_sender_key_device_rows(&self, devices: &[&str]) -> Result<()> {
        let gone: Arc<Vec<String>> = Arc::new(devices.iter().map(|&device| device.to_owned()).collect());
        self.write(move |mut w| {
            let gone = Arc::clone(&gone);
            Box::pin(async move {
                for (group, bytes) in w.list(SENDER_KEY_DEVICES, "").await? {
                    let mut holders: Holders = serde_json::from_slice(&bytes).unwrap_or_default();
                    let before = holders.len();
                    holders.retain(|device, _| !gone.contains(device));
                    if holders.len() < before {
                        w.put_json(SENDER_KEY_DEVICES, &group, &holders).await?;
                    }
                }
                Ok(())
            })
        })
        .await
    }

    async fn clear_all_sender_key_devices(&self) -> Result<()> {
        self.write(|mut w| Box::pin(async move { w.wipe(&[SENDER_KEY_DEVICES]).await })).await
    }

    async fn get_lid_mapping(&self, lid: &str) -> Result<Option<LidPnMappingEntry>> {
        self.json(LID, lid).await
    }

    async fn get_pn_mapping(&self, phone: &str) -> Result<Option<LidPnMappingEntry>> {
        let lid: Option<String> = self.json(PN, phone).await?;
        match lid {
            Some(lid) => self.json(LID, &lid).await,
            None => Ok(None),
        }
    }

    async fn put_lid_mapping(&self, entry: &LidPnMappingEntry) -> Result<()> {
        self.put_lid_mappings(std::slice::from_ref(entry)).await
    }

    async fn put_lid_mappings(&self, entries: &[LidPnMappingEntry]) -> Result<()> {
        let entries = Arc::new(entries.to_vec());
        self.write(move |mut w| {
            let entries = Arc::clone(&entries);
            Box::pin(async move {
                for entry in entries.iter() {
                    let lid = key(&entry.lid);
                    let before: Option<LidPnMappingEntry> = w.get_json(LID, &lid).await?;
                    // The number that this LID had before leads nowhere now.
                    if let Some(old) = before.filter(|old| old.phone_number != entry.phone_number) {
                        w.delete(PN, &[key(&old.phone_number)]).await?;
                    }
                    w.put_json(LID, &lid, entry).await?;
                    w.put_json(PN, &key(&entry.phone_number), &entry.lid).await?;
                }
                Ok(())
            })
        })
        .await
    }

    async fn get_all_lid_mappings(&self) -> Result<Vec<LidPnMappingEntry>> {
        self.all(LID, "").await?.iter().map(|(_, bytes)| decode(bytes)).collect()
    }

    async fn save_base_key(&self, address: &str, message_id: &str, base_key: &[u8]) -> Result<()> {
        self.put(BASE_KEY, &format!("{address}/{message_id}"), base_key.to_vec()).await
    }

    async fn has_same_base_key(&self, address: &str, message_id: &str, current_base_key: &[u8]) -> Result<bool> {
        let stored = self.get(BASE_KEY, &format!("{address}/{message_id}")).await?;
        Ok(stored.is_some_and(|stored| stored == current_base_key))
    }

    async fn delete_base_key(&self, address: &str, message_id: &str) -> Result<()> {
        self.delete(BASE_KEY, vec![key(&format!("{address}/{message_id}"))]).await
    }

    async fn update_device_list(&self, record: DeviceListRecord) -> Result<()> {
        self.update_device_lists(vec![record]).await
    }

    async fn update_device_lists(&self, records: Vec<DeviceListRecord>) -> Result<()> {
        let rows: Result<Vec<_>> = records.iter().map(|record| Ok((key(&record.user), encode(record)?))).collect();
        self.put_all(DEVICES, rows?).await
    }

    async fn get_devices(&self, user: &str) -> Result<Option<DeviceListRecord>> {
        self.json(DEVICES, user).await
    }

    async fn delete_devices(&self, user: &str) -> Result<()> {
        self.delete(DEVICES, vec![key(user)]).await
    }

    async fn get_group_metadata(&self, group: &str) -> Result<Option<Vec<u8>>> {
        self.get(GROUP, group).await
    }

    async fn put_group_metadata(&self, group: &str, blob: &[u8]) -> Result<()> {
        self.put(GROUP, group, blob.to_vec()).await
    }

    async fn delete_group_metadata(&self, group: &str) -> Result<()> {
        self.delete(GROUP, vec![key(group)]).await
    }

    async fn get_tc_token(&self, jid: &str) -> Result<Option<TcTokenEntry>> {
        self.token(jid).await
    }

    async fn put_tc_token(&self, jid: &str, entry: &TcTokenEntry) -> Result<()> {
        self.put_token(jid, entry).await
    }

    async fn delete_tc_token(&self, jid: &str) -> Result<()> {
        self.delete_token(jid).await
    }

    async fn get_all_tc_token_jids(&self) -> Result<Vec<String>> {
        self.token_jids().await
    }

    async fn delete_expired_tc_tokens(&self, token_cutoff: i64, sender_cutoff: i64) -> Result<u32> {
        self.expire_tokens(token_cutoff, sender_cutoff).await
    }

    async fn touch_tc_token_sender_timestamp(&self, jid: &str, sender_timestamp: i64) -> Result<()> {
        self.touch_token(jid, sender_timestamp).await
    }

    async fn store_received_tc_token(&self, jid: &str, token: &[u8], token_timestamp: i64) -> Result<()> {
        self.receive_token(jid, token, token_timestamp).await
    }

    async fn store_sent_message(&self, chat: &str, id: &str, payload: &[u8]) -> Result<()> {
        self.store_sent(chat, id, payload).await
    }

    async fn take_sent_message(&self, chat: &str, id: &str) -> Result<Option<Vec<u8>>> {
        self.take_sent(chat, id).await
    }

    async fn delete_expired_sent_messages(&self, cutoff: i64) -> Result<u32> {
        self.expire_sent(cutoff).await
    }

    async fn store_pending_inbound(&self, chat: &str, sender: &str, id: &str, message: &[u8]) -> Result<()> {
        self.store_pending(&[PendingInboundRow { chat, sender, id, message }]).await
    }

    async fn get_pending_inbound(&self, chat: &str, sender: &str, id: &str) -> Result<Option<Vec<u8>>> {
        self.pending(chat, sender, id).await
    }

    async fn delete_pending_inbound(&self, chat: &str, sender: &str, id: &str) -> Result<()> {
        self.delete_pending_rows(&[PendingInboundKey { chat, sender, id }]).await
    }

    async fn delete_expired_pending_inbound(&self, cutoff: i64) -> Result<u32> {
        self.expire_pending(cutoff).await
    }

    async fn store_pending_inbound_batch(&self, rows: &[PendingInboundRow<'_>]) -> Result<()> {
        self.store_pending(rows).await
    }

    async fn delete_pending_inbound_batch(&self, keys: &[PendingInboundKey<'_>]) -> Result<()> {
        self.delete_pending_rows(keys).await
    }
}

impl SessionStore {
    async fn json<T: serde::de::DeserializeOwned>(&self, name: &str, id: &str) -> Result<Option<T>> {
        self.get(name, id).await?.map(|bytes| decode(&bytes)).transpose()
    }
}
