//! What the gateway calls the fields of a text, in the words of the documents.

use switchboard_core::Error;

/// Says what is wrong with a text by the fields that were sent: `message`, and the recipient as its document calls it.
pub(super) fn in_own_words(error: Error, recipient: &str) -> Error {
    match error {
        Error::Invalid { field, reason } if field == "text" => Error::invalid("message", reason),
        Error::Invalid { field, .. } if field == "audience" => {
            Error::invalid(recipient, "cannot be a status here: there is no field for the people who see it")
        }
        other => other,
    }
}
