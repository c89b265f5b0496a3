//! Every word the pages say, a file for each language. English says which words there are; a language that lacks one
//! does not compile.

mod en;
mod es;
mod id;
mod pt;

use axum::http::{HeaderMap, header};

pub(crate) use en::Text;

use crate::cookie::cookie;

/// Where the browser keeps a choice that somebody made.
pub(crate) const COOKIE: &str = "switchboard-language";

/// The languages, by the code that browsers use.
static LANGUAGES: [&Text; 4] = [&en::TEXT, &es::TEXT, &pt::TEXT, &id::TEXT];

/// Makes `Text` from the English words.
macro_rules! words {
    ($($name:ident: $word:literal,)*) => {
        pub(crate) struct Text {
            $(pub(crate) $name: &'static str,)*
        }

        pub(crate) static TEXT: Text = Text { $($name: $word,)* };
    };
}
use words;

/// The same words in another language.
macro_rules! translation {
    ($($name:ident: $word:literal,)*) => {
        pub(crate) static TEXT: super::Text = super::Text { $($name: $word,)* };
    };
}
use translation;

impl Text {
    /// The language that was chosen, else the first that the browser asks for and that is there.
    pub(crate) fn of(headers: &HeaderMap) -> &'static Self {
        if let Some(chosen) = cookie(headers, COOKIE).and_then(Self::in_language) {
            return chosen;
        }
        let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let codes = wanted.split(',').filter_map(|choice| choice.trim().split(['-', ';']).next());
        codes.filter_map(Self::in_language).next().unwrap_or_default()
    }

    pub(crate) fn in_language(code: &str) -> Option<&'static Self> {
        LANGUAGES.iter().find(|text| text.language.eq_ignore_ascii_case(code)).copied()
    }

    /// All there are to choose from.
    pub(crate) fn languages(&self) -> &'static [&'static Self] {
        &LANGUAGES
    }
}

impl Default for &'static Text {
    fn default() -> Self {
        &en::TEXT
    }
}

/// Puts values into the places that a sentence has for them: `{0}`, `{1}`.
pub(crate) fn fill(sentence: &str, values: &[&str]) -> String {
    let put = |text: String, (at, value): (usize, &&str)| text.replace(&format!("{{{at}}}"), value);
    values.iter().enumerate().fold(sentence.to_owned(), put)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(wanted: &'static str) -> &'static str {
        Text::of(&[(header::ACCEPT_LANGUAGE, header::HeaderValue::from_static(wanted))].into_iter().collect()).language
    }

    #[test]
    fn what_no_file_speaks_is_answered_in_english() {
        assert_eq!(asked("tlh, *;q=0.5"), "en");
        assert_eq!(asked("en-GB,en;q=0.9"), "en");
    }

    #[test]
    fn the_first_language_that_is_there_is_spoken() {
        assert_eq!(asked("pt-BR,pt;q=0.9,en;q=0.8"), "pt");
        assert_eq!(asked("tlh,ES-mx;q=0.9"), "es");
        assert_eq!(asked("id"), "id");
    }

    #[test]
    fn what_was_chosen_wins() {
        let asked = |cookie: &'static str| {
            let wanted = [(header::ACCEPT_LANGUAGE, "es"), (header::COOKIE, cookie)];
            let headers = wanted.map(|(name, value)| (name, header::HeaderValue::from_static(value)));
            Text::of(&headers.into_iter().collect()).language
        };
        assert_eq!(asked("switchboard=x; switchboard-language=id"), "id");
        assert_eq!(asked("switchboard-language=tlh"), "es");
    }

    #[test]
    fn values_go_where_the_sentence_wants_them() {
        assert_eq!(fill("{1} of {0}", &["ten", "two"]), "two of ten");
    }
}
