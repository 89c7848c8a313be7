//! A photo as it is kept: upright, of a sensible size, without the place, the time and the device that cameras write
//! into their files. Nothing of the file that arrived is kept but its pixels.

use std::borrow::Cow;
use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage};

/// The longer side of a kept photo, at most, in pixels.
const LONGEST_SIDE: u32 = 2560;
/// The longer side of a thumbnail, in pixels.
const THUMBNAIL_SIDE: u32 = 320;

/// A photo ready to be kept.
pub(crate) struct Photo {
    /// A JPEG without any metadata.
    pub image: Vec<u8>,
    /// The same, at most 320 pixels a side.
    pub thumbnail: Vec<u8>,
    /// Its width in pixels.
    pub width: u32,
    /// Its height in pixels.
    pub height: u32,
}

/// Why an image was not taken.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// It is no JPEG, PNG or WebP, or it is damaged.
    NotAnImage,
    /// It would need more pixels or memory than a photo may.
    TooManyPixels,
}

/// Whether the bytes begin as a photo of a format that is taken.
pub(crate) fn looks_like_photo(bytes: &[u8]) -> bool {
    matches!(
        image::guess_format(bytes),
        Ok(ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)
    )
}

/// Decodes, turns upright, shrinks and encodes anew. The size is checked before a pixel is decoded, and memory is
/// bounded while it is: a small file that unpacks into a huge image costs nothing.
pub(crate) fn prepare(bytes: &[u8], most_pixels: u64) -> Result<Photo, Unfit> {
    if !looks_like_photo(bytes) {
        return Err(Unfit::NotAnImage);
    }
    let bytes = without_extras(bytes);
    let mut reader = ImageReader::new(Cursor::new(&*bytes))
        .with_guessed_format()
        .map_err(|_| Unfit::NotAnImage)?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(30_000);
    limits.max_image_height = Some(30_000);
    limits.max_alloc = Some(most_pixels * 8);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(unfit)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > most_pixels {
        return Err(Unfit::TooManyPixels);
    }
    let orientation = decoder.orientation().map_err(unfit)?;
    let mut image = DynamicImage::from_decoder(decoder).map_err(unfit)?;
    if width.max(height) > LONGEST_SIDE {
        image = image.resize(
            LONGEST_SIDE,
            LONGEST_SIDE,
            image::imageops::FilterType::Triangle,
        );
    }
    image.apply_orientation(orientation);
    let image = on_white(image);
    let thumbnail = DynamicImage::ImageRgb8(image.clone())
        .thumbnail(THUMBNAIL_SIDE, THUMBNAIL_SIDE)
        .into_rgb8();
    Ok(Photo {
        width: image.width(),
        height: image.height(),
        image: jpeg(&image, 82)?,
        thumbnail: jpeg(&thumbnail, 72)?,
    })
}

/// A PNG without the chunks that say nothing about its pixels or which way is up: texts and colour profiles are packed,
/// and a few kilobytes of them unpack into gigabytes. Anything else is left as it is.
fn without_extras(bytes: &[u8]) -> Cow<'_, [u8]> {
    const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";
    const KEPT: [&[u8]; 6] = [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"eXIf", b"IEND"];
    let Some(mut rest) = bytes.strip_prefix(SIGNATURE) else {
        return Cow::Borrowed(bytes);
    };
    let mut kept = Vec::with_capacity(bytes.len());
    kept.extend_from_slice(SIGNATURE);
    // Length, type, data, checksum.
    while let Some((length, _)) = rest.split_first_chunk::<4>() {
        let whole = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        let Some((chunk, after)) = rest.split_at_checked(whole.saturating_add(12)) else {
            // It breaks off here, and the decoder shall say so.
            kept.extend_from_slice(rest);
            break;
        };
        if KEPT.contains(&&chunk[4..8]) {
            kept.extend_from_slice(chunk);
        }
        rest = after;
    }
    Cow::Owned(kept)
}

fn unfit(error: image::ImageError) -> Unfit {
    match error {
        image::ImageError::Limits(_) => Unfit::TooManyPixels,
        _ => Unfit::NotAnImage,
    }
}

/// JPEG knows no transparency: what shows through is white, as on paper.
fn on_white(image: DynamicImage) -> RgbImage {
    if !image.color().has_alpha() {
        return image.into_rgb8();
    }
    let image = image.into_rgba8();
    let mut flat = RgbImage::new(image.width(), image.height());
    for (to, from) in flat.pixels_mut().zip(image.pixels()) {
        let alpha = u32::from(from[3]);
        let mix = |channel: u8| ((u32::from(channel) * alpha + 255 * (255 - alpha)) / 255) as u8;
        *to = Rgb([mix(from[0]), mix(from[1]), mix(from[2])]);
    }
    flat
}

fn jpeg(image: &RgbImage, quality: u8) -> Result<Vec<u8>, Unfit> {
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .encode_image(image)
        .map_err(|_| Unfit::NotAnImage)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut bytes = Vec::new();
        let image = RgbImage::from_fn(width, height, |x, _| {
            if x < width / 2 {
                Rgb([255, 0, 0])
            } else {
                Rgb([0, 0, 255])
            }
        });
        image
            .write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png)
            .expect("it encodes");
        bytes
    }

    #[test]
    fn a_photo_turns_upright_and_loses_its_metadata() {
        // A JPEG with an EXIF block that says: turn a quarter (orientation 6), taken with a device, at a place.
        let mut plain = Vec::new();
        let image = RgbImage::from_fn(64, 32, |x, _| {
            if x < 32 {
                Rgb([255, 0, 0])
            } else {
                Rgb([0, 0, 255])
            }
        });
        JpegEncoder::new_with_quality(&mut plain, 90)
            .encode_image(&image)
            .expect("it encodes");
        let mut exif = b"Exif\0\0II*\0\x08\0\0\0\x02\0".to_vec();
        exif.extend_from_slice(b"\x12\x01\x03\0\x01\0\0\0\x06\0\0\0"); // orientation = 6
        exif.extend_from_slice(b"\x0f\x01\x02\0\x09\0\0\0\x26\0\0\0"); // make, at offset 38
        exif.extend_from_slice(b"\0\0\0\0SpyPhone\0");
        let mut marked = plain[..2].to_vec();
        marked.extend_from_slice(&[0xff, 0xe1]);
        marked.extend_from_slice(
            &u16::try_from(exif.len() + 2)
                .expect("it is short")
                .to_be_bytes(),
        );
        marked.extend_from_slice(&exif);
        marked.extend_from_slice(&plain[2..]);

        let photo = prepare(&marked, 1_000_000).expect("it is a photo");
        assert_eq!((photo.width, photo.height), (32, 64));
        assert!(!photo.image.windows(8).any(|window| window == b"SpyPhone"));
        assert!(!photo.image.windows(4).any(|window| window == b"Exif"));
        let kept = image::load_from_memory(&photo.image)
            .expect("it decodes")
            .into_rgb8();
        assert!(
            kept.get_pixel(16, 4)[0] > 200,
            "a quarter turn to the right brings what was left to the top"
        );
        assert!(kept.get_pixel(16, 60)[2] > 200);
    }

    #[test]
    fn a_large_photo_shrinks_and_has_a_thumbnail() {
        let photo = prepare(&png(3000, 600), 10_000_000).expect("it is a photo");
        assert_eq!((photo.width, photo.height), (2560, 512));
        let thumbnail = image::load_from_memory(&photo.thumbnail).expect("it decodes");
        assert_eq!((thumbnail.width(), thumbnail.height()), (320, 64));
    }

    #[test]
    fn what_claims_too_many_pixels_is_refused_before_it_is_decoded() {
        // The header of a PNG of 30,000 by 30,000 pixels.
        let mut bomb = png(8, 8);
        bomb[16..20].copy_from_slice(&30_000_u32.to_be_bytes());
        bomb[20..24].copy_from_slice(&30_000_u32.to_be_bytes());
        let sum = crc(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&sum.to_be_bytes());
        assert_eq!(prepare(&bomb, 50_000_000).err(), Some(Unfit::TooManyPixels));
        assert_eq!(
            prepare(&png(100, 100), 9_999).err(),
            Some(Unfit::TooManyPixels)
        );
    }

    #[test]
    fn what_is_packed_beside_the_pixels_is_not_unpacked() {
        // 128 MB of nothing in less than one, as a text and as a colour profile, before the pixels and after them.
        let packed = packed_zeros(500_000);
        let plain = png(8, 8);
        let chunk = |kind: &[u8], head: &[u8]| {
            let data = [kind, head, &packed].concat();
            let length = u32::try_from(data.len() - 4).expect("it is short");
            let sum = crc(&data).to_be_bytes();
            [&length.to_be_bytes()[..], &data, &sum].concat()
        };
        let (text, profile) = (chunk(b"zTXt", b"Comment\0\0"), chunk(b"iCCP", b"p\0\0"));
        let international = chunk(b"iTXt", b"Comment\0\x01\0\0\0");
        let (head, body, end) = (
            &plain[..33],
            &plain[33..plain.len() - 12],
            &plain[plain.len() - 12..],
        );
        let bomb = [head, &profile, &text, &international, body, &text, end].concat();
        let before = most_memory();
        let photo = prepare(&bomb, 50_000_000).expect("the pixels are fine");
        assert_eq!((photo.width, photo.height), (8, 8));
        assert!(photo.image.len() < 10_000, "nothing of it is kept");
        assert!(
            most_memory() - before < 64 << 10,
            "{} KB more than before",
            most_memory() - before
        );
    }

    /// So many runs of 258 zeros as a zlib stream (RFC 1950), with the fixed codes of RFC 1951.
    fn packed_zeros(runs: u32) -> Vec<u8> {
        // The last block, of fixed codes; then the literal 0.
        let mut bits: Vec<bool> = vec![true, true, false];
        let mut push = |code: &str| bits.extend(code.bytes().map(|bit| bit == b'1'));
        push("00110000");
        for _ in 0..runs {
            // Copy 258 from one back.
            push("1100010100000");
        }
        push("0000000");
        let mut stream = vec![0x78, 0x01];
        stream.extend(bits.chunks(8).map(|bits| {
            let bits = bits.iter().enumerate();
            bits.fold(0_u8, |byte, (place, bit)| byte | u8::from(*bit) << place)
        }));
        // Adler-32: the first sum stays 1, the second counts.
        let count = (runs * 258 + 1) % 65_521;
        stream.extend_from_slice(&(count << 16 | 1).to_be_bytes());
        stream
    }

    /// The most memory that this process ever held, in KB; 0 where the system does not say.
    fn most_memory() -> u64 {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        line.and_then(|line| line.split_whitespace().next()?.parse().ok())
            .unwrap_or_default()
    }

    #[test]
    fn what_is_no_photo_is_refused() {
        for bytes in [
            &b""[..],
            b"hello",
            b"\xff\xd8\xff\xe0rest",
            &png(8, 8)[..40],
            b"GIF89a\x01\0\x01\0",
        ] {
            assert_eq!(
                prepare(bytes, 1_000_000).err(),
                Some(Unfit::NotAnImage),
                "{bytes:?}"
            );
        }
    }

    /// The checksum of PNG chunks (ISO 3309), bit by bit.
    fn crc(bytes: &[u8]) -> u32 {
        !bytes.iter().fold(!0_u32, |sum, byte| {
            (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
                if sum & 1 == 1 {
                    sum >> 1 ^ 0xedb8_8320
                } else {
                    sum >> 1
                }
            })
        })
    }
}
