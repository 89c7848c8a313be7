//! What a file is, by its bytes: nobody's word is taken for it.

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

/// The media type of a file that is taken, from its bytes.
pub(crate) fn media_of(bytes: &[u8]) -> Option<&'static str> {
    let at = |offset: usize, magic: &[u8]| {
        bytes
            .get(offset..)
            .is_some_and(|rest| rest.starts_with(magic))
    };
    let holds = |name: &[u8]| bytes.windows(name.len()).any(|window| window == name);
    if at(0, b"%PDF-") {
        Some("application/pdf")
    } else if at(0, b"PK\x03\x04") {
        // Office documents are archives; the names inside tell which.
        if holds(b"xl/workbook") {
            Some(XLSX)
        } else if holds(b"word/document") {
            Some(DOCX)
        } else {
            None
        }
    } else if at(0, b"ID3") || at(0, b"\xff\xfb") || at(0, b"\xff\xf3") || at(0, b"\xff\xf2") {
        Some("audio/mpeg")
    } else if at(0, b"\xff\xf1") || at(0, b"\xff\xf9") {
        Some("audio/aac")
    } else if at(0, b"RIFF") && at(8, b"WAVE") {
        Some("audio/wav")
    } else if at(0, b"OggS") {
        Some("audio/ogg")
    } else if at(0, b"fLaC") {
        Some("audio/flac")
    } else if at(0, b"#!AMR") {
        Some("audio/amr")
    } else if at(4, b"ftypM4A")
        || at(4, b"ftypisom")
        || at(4, b"ftypmp42")
        || at(4, b"ftypmp41")
        || at(4, b"ftypiso")
    {
        Some("audio/mp4")
    } else if at(0, b"\x1a\x45\xdf\xa3") {
        Some("audio/webm")
    } else {
        let text = std::str::from_utf8(bytes).ok()?;
        let odd = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
        if text.chars().any(odd) || text.trim_start().starts_with('<') {
            return None;
        }
        let first = text.lines().next().unwrap_or_default();
        Some(if first.contains(',') {
            "text/csv"
        } else {
            "text/plain"
        })
    }
}

/// What the name of such a file ends with.
pub(crate) fn extension(media: &str) -> &'static str {
    match media {
        "image/jpeg" => "jpg",
        "application/pdf" => "pdf",
        XLSX => "xlsx",
        DOCX => "docx",
        "text/csv" => "csv",
        "text/plain" => "txt",
        "audio/mpeg" => "mp3",
        "audio/aac" => "aac",
        "audio/wav" => "wav",
        "audio/ogg" => "ogg",
        "audio/flac" => "flac",
        "audio/amr" => "amr",
        "audio/mp4" => "m4a",
        "audio/webm" => "webm",
        _ => "bin",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_what_its_bytes_say() {
        for (bytes, want) in [
            (&b"%PDF-1.7 ..."[..], Some("application/pdf")),
            (b"PK\x03\x04....xl/workbook.xml", Some(XLSX)),
            (b"PK\x03\x04....word/document.xml", Some(DOCX)),
            (b"PK\x03\x04....evil.exe", None),
            (b"RIFF\x10\0\0\0WAVEfmt ", Some("audio/wav")),
            (b"\0\0\0\x20ftypM4A ", Some("audio/mp4")),
            ("名称,数量\n甲,1\n".as_bytes(), Some("text/csv")),
            ("只是文字".as_bytes(), Some("text/plain")),
            (b"<html><script>", None),
            (b"MZ\x90\0\x03", None),
            (b"\xb9\xfa\xbc\xd2", None),
        ] {
            assert_eq!(media_of(bytes), want, "{bytes:?}");
        }
    }
}
