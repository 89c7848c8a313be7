//! Text in UTF-8 or in the Chinese code pages.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, UTF_8};

/// A whole file as text: UTF-8, UTF-16 with its mark, or GB18030 (which holds GBK and GB2312); `None` when it is no text.
pub(crate) fn text_of_file(bytes: &[u8]) -> Option<Cow<'_, str>> {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        let (text, _, malformed) = encoding.decode(bytes);
        return (!malformed).then_some(text);
    }
    if let Some(text) = std::str::from_utf8(bytes)
        .ok()
        .filter(|_| !rather_gbk(bytes))
    {
        return (!bytes.contains(&0)).then_some(Cow::Borrowed(text));
    }
    GB18030
        .decode_without_bom_handling_and_without_replacement(bytes)
        .filter(|_| !bytes.contains(&0))
}

/// Whether text that happens to be UTF-8 is rather GBK: 一 in GBK has the bytes of a rare Cyrillic letter. That holds where
/// all that isn't ASCII makes pairs of GB2312, none is a longer sequence of UTF-8 as every Chinese character would be, and
/// none stands beside a Latin letter as an accented one would.
pub(super) fn rather_gbk(bytes: &[u8]) -> bool {
    let mut found = false;
    for run in bytes.chunk_by(|a, b| a.is_ascii() == b.is_ascii()) {
        if run[0].is_ascii() {
            continue;
        }
        let pairs = run.chunks_exact(2);
        if !pairs.remainder().is_empty() {
            return false;
        }
        let gb2312 = |pair: &[u8]| (0xb0..=0xf7).contains(&pair[0]) && pair[1] >= 0xa1;
        let two_bytes = |pair: &[u8]| (0xc2..=0xdf).contains(&pair[0]) && pair[1] <= 0xbf;
        if !pairs.clone().all(|pair| gb2312(pair) && two_bytes(pair)) {
            return false;
        }
        found = true;
    }
    let beside = |pair: &[u8]| {
        (pair[0].is_ascii_alphabetic() && !pair[1].is_ascii())
            || (!pair[0].is_ascii() && pair[1].is_ascii_alphabetic())
    };
    found && !bytes.windows(2).any(beside)
}

/// The encoding that a .cpg file names: `UTF-8`, `GBK`, `936`, `CP936`, `ANSI 936`, `65001`, `ISO 88591`.
pub(super) fn of_label(label: &[u8]) -> Option<&'static Encoding> {
    let label = std::str::from_utf8(label).ok()?;
    let plain: String = label
        .trim_start_matches('\u{feff}')
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    let digits = plain.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    match (plain.as_str(), digits) {
        ("", _) => None,
        ("utf8", _) | (_, "65001") => Some(UTF_8),
        ("gbk" | "gb2312" | "gb18030", _) | (_, "936" | "54936") => Some(GB18030),
        (_, "950") => Some(encoding_rs::BIG5),
        (_, "1252" | "88591") => Some(encoding_rs::WINDOWS_1252),
        _ => Encoding::for_label(label.trim().as_bytes()),
    }
}

/// A short text of fixed width, whose last character may have been cut in two; `None` when it isn't in this encoding.
pub(super) fn fixed_width<'a>(
    bytes: &'a [u8],
    encoding: &'static Encoding,
) -> Option<Cow<'a, str>> {
    if bytes.is_ascii() {
        return std::str::from_utf8(bytes).ok().map(Cow::Borrowed);
    }
    // At most three bytes belong to a character that was cut.
    (0..4.min(bytes.len())).find_map(|cut| {
        encoding.decode_without_bom_handling_and_without_replacement(&bytes[..bytes.len() - cut])
    })
}
