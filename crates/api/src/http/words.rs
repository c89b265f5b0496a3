//! The parser's reasons in words for people who have never seen it.

/// What a value must be, where the parser says it in the words of a program.
pub(super) fn plain(reason: &str) -> String {
    let told = |wanted: &str| format!("must be {wanted}");
    match reason.rsplit_once(", expected ") {
        Some((found, known)) if found.starts_with("unknown variant `") => told(known),
        Some((found, expected)) if found.starts_with("invalid type: ") || found.starts_with("invalid value: ") => {
            wanted(expected).map_or_else(|| reason.to_owned(), told)
        }
        _ => number(reason).unwrap_or(reason).to_owned(),
    }
}

/// Where a number is written as text.
fn number(reason: &str) -> Option<&'static str> {
    Some(match reason {
        "invalid digit found in string" | "cannot parse integer from empty string" => "must be a whole number",
        "number too large to fit in target type" => "is too large",
        "number too small to fit in target type" => "is too small",
        _ => return None,
    })
}

fn wanted(expected: &str) -> Option<&'static str> {
    Some(match expected {
        "a string" => "a text",
        "a boolean" => "true or false",
        "a sequence" => "a list",
        "a map" => "an object",
        "f32" | "f64" => "a number",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number, 0 or more",
        "i8" | "i16" | "i32" | "i64" => "a whole number within bounds",
        _ if expected.starts_with("struct ") => "an object",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn reasons_are_for_people() {
        for (reason, said) in [
            ("invalid type: string \"3\", expected u32", "must be a whole number from 0 to 4294967295"),
            ("invalid type: string \"x, expected u8\", expected a boolean", "must be true or false"),
            ("invalid type: map, expected a sequence", "must be a list"),
            ("invalid digit found in string", "must be a whole number"),
            ("unknown variant `x`, expected one of `read`, `send`", "must be one of `read`, `send`"),
            ("unknown variant `x`, expected `qr` or `code`", "must be `qr` or `code`"),
        ] {
            assert_eq!(plain(reason), said, "{reason}");
        }
    }

    #[test]
    fn a_reason_that_is_in_words_already_stays() {
        for reason in ["unknown field `tow`, expected `to`", "is no address", "invalid type: null, expected a date"] {
            assert_eq!(plain(reason), reason);
        }
    }
}
