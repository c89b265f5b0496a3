//! The name of what a message carries, for the kinds that this gateway does not read yet.

use waproto::whatsapp as wa;

macro_rules! first_set {
    ($message:ident: $($field:ident),* $(,)?) => {
        $(if $message.$field.is_set() {
            return Some(stringify!($field));
        })*
    };
}

/// The protocol's name of the field that is set. `None` when there is none beside keys and context.
pub(super) fn kind(message: &wa::Message) -> Option<&'static str> {
    first_set!(message:
        image_message, contact_message, location_message, document_message, audio_message, video_message, call, chat,
        contacts_array_message, highly_structured_message, send_payment_message, live_location_message,
        request_payment_message, decline_payment_request_message, cancel_payment_request_message, template_message,
        sticker_message, group_invite_message, template_button_reply_message, product_message, list_message,
        view_once_message, order_message, list_response_message, ephemeral_message, invoice_message, buttons_message,
        buttons_response_message, payment_invite_message, interactive_message, reaction_message,
        sticker_sync_rmr_message, interactive_response_message, poll_creation_message, poll_update_message,
        keep_in_chat_message, document_with_caption_message, request_phone_number_message, view_once_message_v2,
        enc_reaction_message, edited_message, view_once_message_v2_extension, poll_creation_message_v2,
        scheduled_call_creation_message, group_mentioned_message, pin_in_chat_message, poll_creation_message_v3,
        scheduled_call_edit_message, ptv_message, bot_invoke_message, call_log_messsage, message_history_bundle,
        enc_comment_message, bcall_message, lottie_sticker_message, event_message, enc_event_response_message,
        comment_message, newsletter_admin_invite_message, placeholder_message, secret_encrypted_message, album_message,
        event_cover_image, sticker_pack_message, status_mention_message, poll_result_snapshot_message,
        poll_creation_option_image_message, associated_child_message, group_status_mention_message,
        poll_creation_message_v4, status_add_yours, group_status_message, rich_response_message,
        status_notification_message, limit_sharing_message, bot_task_message, question_message, message_history_notice,
        group_status_message_v2, bot_forwarded_message, status_question_answer_message, question_reply_message,
        question_response_message, status_quoted_message, status_sticker_interaction_message, poll_creation_message_v5,
        newsletter_follower_invite_message_v2, poll_result_snapshot_message_v3, newsletter_admin_profile_message,
        newsletter_admin_profile_message_v2, spoiler_message, poll_creation_message_v6, conditional_reveal_message,
        poll_add_option_message, event_invite_message, group_root_key_share, payment_reminder_message,
        split_payment_message, newsletter_admin_profile_status_message, root_secret_distribute_message
    );
    None
}
