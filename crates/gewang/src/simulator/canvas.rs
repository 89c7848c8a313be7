use super::chance::Chance;

/// Red, green, blue.
pub(crate) type Colour = [u8; 3];

/// A sheet to draw on. Edges are smooth: each pixel takes as much of a colour as is covered.
pub(crate) struct Canvas {
    /// Pixels of a unit.
    scale: f32,
    width: u32,
    height: u32,
    pixels: Vec<u8>,
}

impl Canvas {
    /// A black one of so many pixels, each unit of what is drawn so many of them.
    pub fn new(width: u32, height: u32, scale: f32) -> Canvas {
        Canvas {
            scale,
            width,
            height,
            pixels: vec![0; (width * height * 3) as usize],
        }
    }

    /// Pixels from west to east, and from the top.
    pub fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// The same at a part of its size, each pixel the mean of `by` times `by`.
    pub fn smaller(&self, by: u32) -> Canvas {
        let mut small = Canvas::new(self.width / by, self.height / by, self.scale / by as f32);
        for (at, pixel) in small.pixels.chunks_exact_mut(3).enumerate() {
            let (x, y) = (at as u32 % small.width * by, at as u32 / small.width * by);
            for (part, mean) in pixel.iter_mut().enumerate() {
                let mut sum = 0;
                for row in y..y + by {
                    for column in x..x + by {
                        sum += u32::from(
                            self.pixels[((row * self.width + column) * 3) as usize + part],
                        );
                    }
                }
                *mean = (sum / (by * by)) as u8;
            }
        }
        small
    }

    /// Rows of red, green, blue from the top.
    pub fn bytes(&self) -> &[u8] {
        &self.pixels
    }

    fn mix(&mut self, x: u32, y: u32, colour: Colour, share: f32) {
        let at = ((y * self.width + x) * 3) as usize;
        for (pixel, part) in self.pixels[at..at + 3].iter_mut().zip(colour) {
            *pixel = (f32::from(*pixel) * (1.0 - share) + f32::from(part) * share) as u8;
        }
    }

    /// The pixels of a stretch that lie on the sheet.
    fn range(from: f32, to: f32, end: u32) -> std::ops::Range<u32> {
        let low = from.floor().clamp(0.0, end as f32) as u32;
        low..(to.ceil().clamp(0.0, end as f32) as u32).max(low)
    }

    /// A band across the sheet that passes from one colour to another.
    pub fn gradient(&mut self, top: f32, bottom: f32, from: Colour, to: Colour) {
        let (top, bottom) = (top * self.scale, bottom * self.scale);
        for y in Canvas::range(top, bottom, self.height) {
            let share = (y as f32 - top) / (bottom - top).max(1.0);
            let blend =
                |at: usize| (f32::from(from[at]) * (1.0 - share) + f32::from(to[at]) * share) as u8;
            let colour = [blend(0), blend(1), blend(2)];
            for x in 0..self.width {
                self.mix(x, y, colour, 1.0);
            }
        }
    }

    /// A rectangle.
    pub fn rectangle(&mut self, x: f32, y: f32, width: f32, height: f32, colour: Colour) {
        self.polygon(
            &[
                (x, y),
                (x + width, y),
                (x + width, y + height),
                (x, y + height),
            ],
            colour,
        );
    }

    /// A polygon, filled.
    pub fn polygon(&mut self, corners: &[(f32, f32)], colour: Colour) {
        const LINES: u32 = 4;
        let scale = self.scale;
        let corners: Vec<(f32, f32)> = corners.iter().map(|c| (c.0 * scale, c.1 * scale)).collect();
        let low = corners.iter().map(|c| c.1).fold(f32::MAX, f32::min);
        let high = corners.iter().map(|c| c.1).fold(f32::MIN, f32::max);
        let mut cover = vec![0.0_f32; self.width as usize];
        for y in Canvas::range(low, high, self.height) {
            cover.fill(0.0);
            for line in 0..LINES {
                let level = y as f32 + (line as f32 + 0.5) / LINES as f32;
                let mut cuts: Vec<f32> = corners
                    .iter()
                    .zip(corners.iter().cycle().skip(1))
                    .filter(|(a, b)| (a.1 <= level) != (b.1 <= level))
                    .map(|(a, b)| a.0 + (level - a.1) / (b.1 - a.1) * (b.0 - a.0))
                    .collect();
                cuts.sort_by(f32::total_cmp);
                for pair in cuts.chunks_exact(2) {
                    for x in Canvas::range(pair[0], pair[1], self.width) {
                        let left = pair[0].max(x as f32);
                        let right = pair[1].min(x as f32 + 1.0);
                        cover[x as usize] += (right - left).max(0.0) / LINES as f32;
                    }
                }
            }
            for x in 0..self.width {
                let share = cover[x as usize].min(1.0);
                if share > 0.0 {
                    self.mix(x, y, colour, share);
                }
            }
        }
    }

    /// A line with square ends.
    pub fn line(&mut self, from: (f32, f32), to: (f32, f32), width: f32, colour: Colour) {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = dx.hypot(dy).max(1e-3);
        let (nx, ny) = (-dy / length * width / 2.0, dx / length * width / 2.0);
        self.polygon(
            &[
                (from.0 + nx, from.1 + ny),
                (to.0 + nx, to.1 + ny),
                (to.0 - nx, to.1 - ny),
                (from.0 - nx, from.1 - ny),
            ],
            colour,
        );
    }

    /// An ellipse, filled.
    pub fn ellipse(&mut self, x: f32, y: f32, across: f32, down: f32, colour: Colour) {
        let corners: Vec<(f32, f32)> = (0..40)
            .map(|step| {
                let turn = step as f32 / 40.0 * std::f32::consts::TAU;
                (x + turn.cos() * across, y + turn.sin() * down)
            })
            .collect();
        self.polygon(&corners, colour);
    }

    /// Something one sees through, thinning out from its middle.
    pub fn veil(&mut self, x: f32, y: f32, reach: f32, colour: Colour, strength: f32) {
        let [x, y, reach] = [x, y, reach].map(|length| length * self.scale);
        for row in Canvas::range(y - reach, y + reach, self.height) {
            for column in Canvas::range(x - reach, x + reach, self.width) {
                let far = (column as f32 - x).hypot(row as f32 - y) / reach;
                if far < 1.0 {
                    self.mix(column, row, colour, strength * (1.0 - far * far));
                }
            }
        }
    }

    /// Makes all darker: what is left of the light is `share`.
    pub fn shade(&mut self, share: f32) {
        for part in &mut self.pixels {
            *part = (f32::from(*part) * share) as u8;
        }
    }

    /// The grain of a small camera.
    pub fn grain(&mut self, chance: &mut Chance) {
        for pixel in self.pixels.chunks_exact_mut(3) {
            let grain = chance.below(15) as i16 - 7;
            for part in pixel {
                *part = (i16::from(*part) + grain).clamp(0, 255) as u8;
            }
        }
    }
}
