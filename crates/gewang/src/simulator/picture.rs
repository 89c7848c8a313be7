use super::chance::Chance;

/// A small picture of nothing in particular, each another: a PNG whose pixels stand in it uncompressed, so that no
/// encoder is needed for it.
pub(crate) fn png(chance: &mut Chance) -> Vec<u8> {
    const WIDTH: u32 = 96;
    const HEIGHT: u32 = 72;
    let colour = |chance: &mut Chance| [0; 3].map(|_: u8| chance.below(256) as u8);
    let (sky, ground) = (colour(chance), colour(chance));
    let horizon = 20 + chance.below(30) as u32;
    let mut pixels = Vec::new();
    for y in 0..HEIGHT {
        // No filter on this row.
        pixels.push(0);
        for x in 0..WIDTH {
            let base = if y < horizon { sky } else { ground };
            pixels.extend(base.map(|part| part.wrapping_add(((x * y) % 16) as u8)));
        }
    }
    let mut zlib = vec![0x78, 0x01];
    let mut parts = pixels.chunks(0xffff).peekable();
    while let Some(part) = parts.next() {
        let length = part.len() as u16;
        zlib.push(u8::from(parts.peek().is_none()));
        zlib.extend(length.to_le_bytes());
        zlib.extend((!length).to_le_bytes());
        zlib.extend(part);
    }
    zlib.extend(adler(&pixels).to_be_bytes());
    let mut header = Vec::new();
    header.extend(WIDTH.to_be_bytes());
    header.extend(HEIGHT.to_be_bytes());
    // Eight bits, red green blue.
    header.extend([8, 2, 0, 0, 0]);
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    for (name, data) in [
        (b"IHDR", header.as_slice()),
        (b"IDAT", &zlib),
        (b"IEND", &[]),
    ] {
        png.extend((data.len() as u32).to_be_bytes());
        let body = [name.as_slice(), data].concat();
        png.extend(&body);
        png.extend(crc(&body).to_be_bytes());
    }
    png
}

fn adler(bytes: &[u8]) -> u32 {
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in bytes {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    (b << 16) | a
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = u32::MAX;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 {
                (crc >> 1) ^ 0xedb8_8320
            } else {
                crc >> 1
            };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_picture() {
        let picture = image::load_from_memory(&png(&mut Chance::new(3))).expect("a PNG");
        assert_eq!((picture.width(), picture.height()), (96, 72));
    }
}
