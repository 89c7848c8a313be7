//! Drawn pictures of what is reported: no photo of any place or person, and yet one sees what it is about.

use anyhow::Context as _;
use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, ImageEncoder};

use super::canvas::{Canvas, Colour};
use super::chance::Chance;
use super::scenes;

/// What is to be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Scene {
    /// What it is about.
    pub theme: Theme,
    /// Whether it has been dealt with.
    pub mended: bool,
}

/// What a matter looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Theme {
    /// Rubbish by the roadside.
    Litter,
    /// A hole in the road.
    Road,
    /// A river and what drifts on it.
    Water,
    /// A lamp that does not burn.
    Lamp,
    /// A vehicle where none should stand.
    Vehicle,
    /// Smoke.
    Fire,
    /// Something being built.
    Building,
    /// A house and its people's affairs.
    House,
}

impl Theme {
    /// What matters of a category look like.
    pub fn of(category: &str) -> Theme {
        let about = |words: &[&str]| words.iter().any(|word| category.contains(word));
        if about(&["litter", "dirty", "rubbish", "poster", "waste", "garbage"]) {
            Theme::Litter
        } else if about(&["road", "manhole", "pothole", "pavement"]) {
            Theme::Road
        } else if about(&[
            "algae", "river", "water", "sewage", "drain", "flood", "pollut",
        ]) {
            Theme::Water
        } else if about(&["lamp", "light", "power", "electric", "cable"]) {
            Theme::Lamp
        } else if about(&["park", "traffic", "vehicle", "vending", "bicycle", "theft"]) {
            Theme::Vehicle
        } else if about(&["fire", "burn", "smoke", "straw", "gas"]) {
            Theme::Fire
        } else if about(&["build", "construct", "hazard", "site", "land"]) {
            Theme::Building
        } else {
            Theme::House
        }
    }
}

/// Units across.
pub(super) const WIDTH: f32 = 800.0;
/// Units down.
pub(super) const HEIGHT: f32 = 600.0;

/// A drawn picture and its small one, both JPEG.
pub(crate) struct Picture {
    /// 640 by 480 pixels.
    pub image: Vec<u8>,
    /// Half of that each way.
    pub thumbnail: Vec<u8>,
}

/// Draws a scene, each time another.
pub(crate) fn draw(scene: Scene, chance: &mut Chance) -> anyhow::Result<Picture> {
    let mut canvas = Canvas::new(640, 480, 0.8);
    let horizon = chance.between(230.0, 290.0) as f32;
    backdrop(&mut canvas, horizon, chance);
    match scene.theme {
        Theme::Litter => scenes::litter(&mut canvas, horizon, scene.mended, chance),
        Theme::Road => scenes::hole(&mut canvas, horizon, scene.mended, chance),
        Theme::Water => scenes::river(&mut canvas, horizon, scene.mended, chance),
        Theme::Lamp => scenes::lamp(&mut canvas, horizon, scene.mended, chance),
        Theme::Vehicle => scenes::vehicle(&mut canvas, horizon, scene.mended, chance),
        Theme::Fire => scenes::smoke(&mut canvas, horizon, scene.mended, chance),
        Theme::Building => scenes::building(&mut canvas, horizon, scene.mended, chance),
        Theme::House => scenes::notice(&mut canvas, horizon, scene.mended, chance),
    }
    canvas.grain(chance);
    Ok(Picture {
        thumbnail: jpeg(&canvas.smaller(2))?,
        image: jpeg(&canvas)?,
    })
}

fn jpeg(canvas: &Canvas) -> anyhow::Result<Vec<u8>> {
    let mut jpeg = Vec::new();
    let (width, height) = canvas.size();
    JpegEncoder::new_with_quality(&mut jpeg, 84)
        .write_image(canvas.bytes(), width, height, ExtendedColorType::Rgb8)
        .context("a drawing cannot be written")?;
    Ok(jpeg)
}

/// A number between two.
pub(super) fn between(chance: &mut Chance, from: f32, to: f32) -> f32 {
    chance.between(f64::from(from), f64::from(to)) as f32
}

/// Sky, hills, a row of houses and trees, and the ground before them.
fn backdrop(canvas: &mut Canvas, horizon: f32, chance: &mut Chance) {
    let skies: [(Colour, Colour); 4] = [
        ([118, 170, 222], [226, 238, 246]),
        ([160, 176, 190], [222, 226, 228]),
        ([226, 168, 128], [250, 226, 190]),
        ([142, 190, 214], [238, 240, 228]),
    ];
    let (high, low) = skies[chance.below(4) as usize];
    canvas.gradient(0.0, horizon, high, low);
    for (lift, colour) in [(70.0, [150, 172, 178]), (36.0, [120, 152, 142])] {
        let mut hills = vec![(0.0, horizon)];
        let mut x = 0.0;
        while x <= WIDTH + 60.0 {
            hills.push((x, horizon - lift * between(chance, 0.35, 1.0)));
            x += 70.0;
        }
        hills.push((WIDTH + 60.0, horizon));
        canvas.polygon(&hills, colour);
    }
    canvas.gradient(horizon, HEIGHT, [134, 152, 108], [108, 122, 86]);
    let mut x = -20.0;
    while x < WIDTH {
        let width = between(chance, 70.0, 120.0);
        if chance.below(4) == 0 {
            tree(
                canvas,
                x + width / 2.0,
                horizon + 6.0,
                between(chance, 44.0, 64.0),
            );
        } else {
            house(
                canvas,
                x,
                horizon + 8.0,
                width,
                between(chance, 54.0, 92.0),
                chance,
            );
        }
        x += width + between(chance, 4.0, 26.0);
    }
}

/// A house of the water country: white wall, dark tiles.
pub(super) fn house(
    canvas: &mut Canvas,
    x: f32,
    foot: f32,
    width: f32,
    height: f32,
    chance: &mut Chance,
) {
    let wall: Colour =
        [[238, 236, 228], [226, 220, 206], [214, 220, 222]][chance.below(3) as usize];
    let top = foot - height;
    canvas.rectangle(x, top, width, height, wall);
    canvas.polygon(
        &[
            (x - 8.0, top + 2.0),
            (x + width * 0.12, top - height * 0.3),
            (x + width * 0.88, top - height * 0.3),
            (x + width + 8.0, top + 2.0),
        ],
        [74, 78, 84],
    );
    let columns = 3;
    for column in 0..columns {
        let left = x + width * (0.12 + 0.29 * column as f32);
        canvas.rectangle(
            left,
            top + height * 0.2,
            width * 0.17,
            height * 0.26,
            [96, 118, 136],
        );
        canvas.rectangle(left, top + height * 0.32, width * 0.17, 1.5, wall);
    }
    canvas.rectangle(
        x + width * 0.42,
        foot - height * 0.38,
        width * 0.17,
        height * 0.38,
        [122, 82, 58],
    );
}

/// A tree.
pub(super) fn tree(canvas: &mut Canvas, x: f32, foot: f32, height: f32) {
    canvas.rectangle(
        x - 3.0,
        foot - height * 0.5,
        6.0,
        height * 0.5,
        [96, 74, 56],
    );
    for (dx, dy, radius) in [(-0.2, 0.6, 0.26), (0.2, 0.62, 0.26), (0.0, 0.82, 0.3)] {
        canvas.ellipse(
            x + dx * height,
            foot - dy * height,
            radius * height,
            radius * height,
            [70, 112, 66],
        );
    }
}

/// A road that runs towards the viewer.
pub(super) fn road(canvas: &mut Canvas, horizon: f32) {
    let top = horizon + 14.0;
    canvas.polygon(
        &[(330.0, top), (440.0, top), (840.0, HEIGHT), (-60.0, HEIGHT)],
        [104, 106, 110],
    );
    canvas.polygon(
        &[
            (322.0, top),
            (331.0, top),
            (-50.0, HEIGHT),
            (-110.0, HEIGHT),
        ],
        [176, 174, 166],
    );
    let mut y = top + 16.0;
    while y < HEIGHT {
        let depth = (y - top) / (HEIGHT - top);
        let length = 10.0 + 44.0 * depth;
        let middle = 385.0 + 5.0 * depth;
        let half = 1.5 + 7.0 * depth;
        canvas.polygon(
            &[
                (middle - half, y),
                (middle + half, y),
                (middle + half * 1.25, y + length),
                (middle - half * 1.25, y + length),
            ],
            [232, 230, 216],
        );
        y += length * 2.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scene_is_a_picture_of_its_own() {
        let mut chance = Chance::new(3);
        let mut seen = std::collections::HashSet::new();
        for theme in [
            Theme::Litter,
            Theme::Road,
            Theme::Water,
            Theme::Lamp,
            Theme::Vehicle,
            Theme::Fire,
            Theme::Building,
            Theme::House,
        ] {
            for mended in [false, true] {
                let jpeg = draw(Scene { theme, mended }, &mut chance)
                    .expect("a picture")
                    .image;
                let picture = image::load_from_memory(&jpeg).expect("a JPEG");
                assert_eq!((picture.width(), picture.height()), (640, 480));
                if let Some(dir) = std::env::var_os("GEWANG_PICTURES") {
                    let name = format!("{theme:?}-{mended}.jpg");
                    std::fs::write(std::path::Path::new(&dir).join(name), &jpeg)
                        .expect("it is written");
                }
                assert!(seen.insert(jpeg), "{theme:?} {mended}");
            }
        }
    }
}
