//! SQL as a row of words.

/// The words of a text in capitals, numbers, parameters (`$1`), signs; a text in quotes is `''`, a quoted name is a word.
/// What is filled in by the program (`{…}`) is the word `FILLED`. Comments are left out.
pub fn words(sql: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = sql.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '-' if rest.starts_with("--") => {
                rest = rest.find('\n').map_or("", |end| &rest[end..]).trim_start();
                continue;
            }
            '\'' => {
                let end = rest[1..].find('\'').map_or(rest.len(), |end| end + 2);
                words.push("''".to_owned());
                rest = rest[end..].trim_start();
                continue;
            }
            '{' => {
                let end = rest.find('}').map_or(rest.len(), |end| end + 1);
                words.push("FILLED".to_owned());
                rest = rest[end..].trim_start();
                continue;
            }
            '"' => rest[1..].find('"').map_or(rest.len(), |end| end + 2),
            '$' => 1 + length(&rest[1..], |c| c.is_ascii_digit()),
            c if c.is_alphanumeric() || c == '_' => {
                length(rest, |c| c.is_alphanumeric() || c == '_')
            }
            _ => ["::", "@>", "->>", "->", "<>", "<=", ">=", "||", "!="]
                .iter()
                .find(|sign| rest.starts_with(**sign))
                .map_or(first.len_utf8(), |sign| sign.len()),
        };
        words.push(rest[..end].to_uppercase());
        rest = rest[end..].trim_start();
    }
    words
}

fn length(text: &str, holds: impl Fn(char) -> bool) -> usize {
    text.find(|c| !holds(c)).unwrap_or(text.len())
}

/// Whether these words stand one after another.
pub fn says(words: &[String], phrase: &str) -> bool {
    let phrase: Vec<&str> = phrase.split(' ').collect();
    words.windows(phrase.len()).any(|some| some == phrase)
}

/// What stands at depth 0, divided by commas.
pub fn parts(words: &[String]) -> Vec<&[String]> {
    let (mut depth, mut begin, mut parts) = (0, 0, Vec::new());
    for (place, word) in words.iter().enumerate() {
        match word.as_str() {
            "(" => depth += 1,
            ")" => depth -= 1,
            "," if depth == 0 => {
                parts.push(&words[begin..place]);
                begin = place + 1;
            }
            _ => {}
        }
    }
    parts.push(&words[begin..]);
    parts
}

/// What stands within the first brackets, and what comes after them.
pub fn within(words: &[String]) -> Option<(&[String], &[String])> {
    let begin = words.iter().position(|word| word == "(")?;
    let mut depth = 0;
    for (place, word) in words.iter().enumerate().skip(begin) {
        match word.as_str() {
            "(" => depth += 1,
            ")" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((&words[begin + 1..place], &words[place + 1..]));
        }
    }
    None
}
