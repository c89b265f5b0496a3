//! The network against real, unmodified clients: whatsapp-rust and two versions of Baileys.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod app_state;
mod baileys;
mod client;
mod communities;
mod events;
mod groups;
mod history;
mod kinds;
mod newsletters;
mod people;
mod profile;
mod rust_client;
mod sandbox;
mod scenarios;

/// The same tests for each client, from the module named.
macro_rules! for_each_client {
    ($module:ident, $rust:ident, $baileys:ident: $($scenario:ident)*) => {
        mod $rust {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $scenario() {
                super::$module::$scenario::<super::rust_client::WhatsappRust>().await;
            })*
        }

        mod $baileys {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $scenario() {
                super::$module::$scenario::<super::baileys::Baileys7>().await;
            })*
        }
    };
}

for_each_client! { scenarios, whatsapp_rust_0_7, baileys_7:
    pairs_by_qr_and_talks_to_a_phone
    pairs_by_code
    survives_a_restart_of_itself
    survives_a_restart_of_the_network
    talks_to_another_client
    gets_and_gives_receipts
    gets_offline_messages_after_reconnecting
    knows_who_is_on_whatsapp
    is_replaced_by_a_second_login
    is_told_when_the_phone_unlinks_it
    logs_out
    recovers_a_corrupted_message
    hears_of_calls_and_rejects_them
}

for_each_client! { groups, whatsapp_rust_0_7_groups, baileys_7_groups:
    talks_in_a_group
    runs_a_group
    joins_by_link
    recovers_a_corrupted_group_message
}

mod baileys_6 {
    use super::baileys::Baileys6;

    #[tokio::test(flavor = "multi_thread")]
    async fn pairs_by_qr_and_talks_to_a_phone() {
        super::scenarios::pairs_by_qr_and_talks_to_a_phone::<Baileys6>().await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn talks_to_another_client() {
        super::scenarios::talks_to_another_client::<Baileys6>().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn different_clients_talk_to_each_other() {
    scenarios::two_clients_talk::<rust_client::WhatsappRust, baileys::Baileys7>().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn different_clients_talk_in_a_group() {
    groups::two_clients_in_a_group::<rust_client::WhatsappRust, baileys::Baileys7>().await;
}
