//! What a text may not contain, because it shows as something else than it is.

use gewang_pack::Text;

use crate::{Refusal, pointer::Pointer, refusal::refuse};

/// Whether a character is invisible, turns the direction of writing, or has no agreed meaning.
pub(crate) fn is_deceptive(c: char) -> bool {
    matches!(c,
        '\u{0}'..='\u{1F}' | '\u{7F}'..='\u{9F}' | '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}' | '\u{1160}'
        | '\u{17B4}' | '\u{17B5}' | '\u{180B}'..='\u{180F}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
        | '\u{FDD0}'..='\u{FDEF}' | '\u{E000}'..='\u{F8FF}' | '\u{E0000}'..='\u{E0FFF}' | '\u{F0000}'..='\u{10FFFF}')
        || (c as u32) & 0xFFFE == 0xFFFE
}

/// What nearly every text is made of, told apart by few comparisons: printable ASCII, Chinese and its punctuation.
fn is_plain(c: char) -> bool {
    matches!(c, ' '..='~' | '\u{3000}'..='\u{303F}' | '\u{4E00}'..='\u{9FFF}' | '\u{FF01}'..='\u{FF5E}')
}

/// The text without the white space around it, or why it is refused.
pub(crate) fn clean<'t>(
    text: &'t str,
    lines: bool,
    pointer: &Pointer<'_>,
) -> Result<&'t str, Refusal> {
    let text = text.trim();
    let wrong = text.chars().enumerate().find(|(_, c)| {
        !is_plain(*c) && is_deceptive(*c) && !(lines && matches!(c, '\n' | '\t' | '\r'))
    });
    match wrong {
        None => Ok(text),
        Some((index, c)) => {
            let (place, name) = ((index + 1).to_string(), format!("U+{:04X}", c as u32));
            Err(refuse(
                "bad_text",
                pointer,
                &[&place, &name],
                &[&place, &name],
            ))
        }
    }
}

/// A text in both languages.
pub(crate) fn say(zh: impl Into<String>, en: impl Into<String>) -> Text {
    Text {
        zh: zh.into(),
        en: en.into(),
    }
}
