//! What the drawn pictures show, scene by scene.

use super::canvas::{Canvas, Colour};
use super::chance::Chance;
use super::picture::{HEIGHT, WIDTH, between, house, road, tree};

/// Rubbish beside the bins.
pub(super) fn litter(canvas: &mut Canvas, horizon: f32, mended: bool, chance: &mut Chance) {
    road(canvas, horizon);
    let (x, foot) = (between(chance, 640.0, 680.0), between(chance, 410.0, 440.0));
    // The two bins that every village has.
    for (dx, colour) in [(-14.0, [58, 116, 84]), (40.0, [62, 92, 140])] {
        canvas.rectangle(x + dx, foot - 92.0, 46.0, 84.0, colour);
        canvas.rectangle(x + dx - 4.0, foot - 100.0, 54.0, 12.0, [44, 52, 58]);
    }
    if mended {
        return;
    }
    canvas.ellipse(x + 40.0, foot + 4.0, 130.0, 20.0, [92, 96, 76]);
    for _ in 0..34 {
        let dx = between(chance, -80.0, 160.0);
        let rise = between(chance, 0.0, 44.0) * (1.0 - (dx - 40.0).abs() / 130.0).max(0.0);
        let colours: [Colour; 7] = [
            [32, 34, 38],
            [226, 228, 230],
            [186, 62, 58],
            [222, 180, 60],
            [86, 132, 176],
            [118, 92, 66],
            [240, 240, 236],
        ];
        let colour = colours[chance.below(7) as usize];
        let (wide, high) = (between(chance, 8.0, 24.0), between(chance, 6.0, 18.0));
        canvas.ellipse(x + dx, foot - rise, wide, high, colour);
        canvas.ellipse(
            x + dx - wide * 0.2,
            foot - rise - high * 0.3,
            wide * 0.35,
            high * 0.25,
            lighter(colour),
        );
    }
}

/// A hole in the road, or the patch that mended it.
pub(super) fn hole(canvas: &mut Canvas, horizon: f32, mended: bool, chance: &mut Chance) {
    road(canvas, horizon);
    let (x, y) = (between(chance, 300.0, 520.0), between(chance, 440.0, 500.0));
    if mended {
        canvas.polygon(
            &[
                (x - 110.0, y - 34.0),
                (x + 96.0, y - 34.0),
                (x + 128.0, y + 40.0),
                (x - 136.0, y + 40.0),
            ],
            [70, 72, 76],
        );
        return;
    }
    let mut rim = Vec::new();
    let mut floor = Vec::new();
    for step in 0..22 {
        let turn = step as f32 / 22.0 * std::f32::consts::TAU;
        let reach = between(chance, 0.82, 1.12);
        rim.push((
            x + turn.cos() * 112.0 * reach,
            y + turn.sin() * 38.0 * reach,
        ));
        floor.push((
            x + 6.0 + turn.cos() * 84.0 * reach,
            y + 7.0 + turn.sin() * 25.0 * reach,
        ));
    }
    canvas.polygon(&rim, [70, 66, 62]);
    canvas.polygon(&floor, [46, 44, 44]);
    canvas.ellipse(x + 10.0, y + 14.0, 50.0, 9.0, [112, 124, 132]);
    for _ in 0..6 {
        let turn = between(chance, 0.0, std::f32::consts::TAU);
        let from = (x + turn.cos() * 104.0, y + turn.sin() * 36.0);
        let to = (x + turn.cos() * 176.0, y + turn.sin() * 62.0);
        canvas.line(from, to, 2.5, [64, 62, 60]);
    }
    cone(canvas, x + 170.0, y + 24.0);
}

fn cone(canvas: &mut Canvas, x: f32, foot: f32) {
    canvas.polygon(
        &[
            (x - 26.0, foot),
            (x + 26.0, foot),
            (x + 5.0, foot - 76.0),
            (x - 5.0, foot - 76.0),
        ],
        [224, 92, 44],
    );
    canvas.polygon(
        &[
            (x - 17.0, foot - 26.0),
            (x + 17.0, foot - 26.0),
            (x + 11.0, foot - 46.0),
            (x - 11.0, foot - 46.0),
        ],
        [240, 240, 236],
    );
    canvas.rectangle(x - 34.0, foot - 4.0, 68.0, 8.0, [196, 78, 38]);
}

/// A river, with or without algae.
pub(super) fn river(canvas: &mut Canvas, horizon: f32, mended: bool, chance: &mut Chance) {
    let top = horizon + 18.0;
    canvas.polygon(
        &[(250.0, top), (470.0, top), (760.0, HEIGHT), (20.0, HEIGHT)],
        if mended {
            [86, 132, 150]
        } else {
            [92, 122, 112]
        },
    );
    for _ in 0..16 {
        let y = between(chance, top + 10.0, HEIGHT - 20.0);
        let depth = (y - top) / (HEIGHT - top);
        let x = between(chance, 290.0 - 180.0 * depth, 440.0 + 220.0 * depth);
        canvas.rectangle(
            x,
            y,
            20.0 + 60.0 * depth,
            1.5 + 2.0 * depth,
            [170, 196, 200],
        );
    }
    canvas.polygon(
        &[(470.0, top), (500.0, top), (840.0, HEIGHT), (760.0, HEIGHT)],
        [150, 146, 132],
    );
    if mended {
        return;
    }
    for _ in 0..60 {
        let y = between(chance, top + 60.0, HEIGHT - 10.0);
        let depth = (y - top) / (HEIGHT - top);
        let x = between(chance, 300.0 - 200.0 * depth, 430.0 + 220.0 * depth);
        let green: Colour =
            [[96, 148, 58], [126, 166, 64], [74, 124, 56]][chance.below(3) as usize];
        canvas.ellipse(
            x,
            y,
            between(chance, 10.0, 46.0) * depth.max(0.2),
            between(chance, 3.0, 11.0) * depth.max(0.3),
            green,
        );
    }
}

/// A street lamp at night.
pub(super) fn lamp(canvas: &mut Canvas, horizon: f32, mended: bool, chance: &mut Chance) {
    canvas.shade(if mended { 0.62 } else { 0.48 });
    road(canvas, horizon);
    canvas.shade(0.86);
    let x = between(chance, 560.0, 640.0);
    let lean = if mended {
        0.0
    } else {
        between(chance, -26.0, 26.0)
    };
    canvas.line((x, 540.0), (x + lean, 110.0), 9.0, [58, 62, 68]);
    canvas.line(
        (x + lean, 114.0),
        (x + lean - 96.0, 92.0),
        7.0,
        [58, 62, 68],
    );
    let head = (x + lean - 104.0, 96.0);
    if mended {
        for (reach, strength) in [(150.0, 0.10), (96.0, 0.16), (52.0, 0.3)] {
            canvas.veil(head.0, head.1 + 20.0, reach, [255, 226, 150], strength);
        }
    }
    let glass = if mended {
        [255, 240, 196]
    } else {
        [92, 94, 96]
    };
    canvas.ellipse(head.0, head.1, 34.0, 11.0, [44, 48, 52]);
    canvas.ellipse(head.0, head.1 + 5.0, 25.0, 7.0, glass);
}

/// A car on the yellow stripes, or the stripes alone.
pub(super) fn vehicle(canvas: &mut Canvas, horizon: f32, mended: bool, chance: &mut Chance) {
    road(canvas, horizon);
    for stripe in 0..6 {
        let x = 470.0 + 46.0 * stripe as f32;
        canvas.polygon(
            &[
                (x, 430.0),
                (x + 16.0, 430.0),
                (x + 48.0, 500.0),
                (x + 30.0, 500.0),
            ],
            [232, 196, 64],
        );
    }
    if mended {
        return;
    }
    let (x, foot) = (between(chance, 450.0, 500.0), 500.0);
    let paints: [Colour; 4] = [[176, 52, 52], [226, 228, 232], [58, 92, 148], [72, 76, 82]];
    let paint = paints[chance.below(4) as usize];
    canvas.ellipse(x + 120.0, foot + 4.0, 150.0, 14.0, [70, 72, 74]);
    canvas.polygon(
        &[
            (x + 46.0, foot - 74.0),
            (x + 82.0, foot - 128.0),
            (x + 176.0, foot - 128.0),
            (x + 216.0, foot - 74.0),
        ],
        paint,
    );
    canvas.polygon(
        &[
            (x + 62.0, foot - 76.0),
            (x + 88.0, foot - 118.0),
            (x + 126.0, foot - 118.0),
            (x + 126.0, foot - 76.0),
        ],
        [156, 184, 200],
    );
    canvas.polygon(
        &[
            (x + 134.0, foot - 76.0),
            (x + 134.0, foot - 118.0),
            (x + 170.0, foot - 118.0),
            (x + 198.0, foot - 76.0),
        ],
        [156, 184, 200],
    );
    canvas.polygon(
        &[
            (x - 8.0, foot - 22.0),
            (x, foot - 66.0),
            (x + 46.0, foot - 78.0),
            (x + 222.0, foot - 78.0),
            (x + 254.0, foot - 58.0),
            (x + 256.0, foot - 22.0),
        ],
        paint,
    );
    for wheel in [46.0, 202.0] {
        canvas.ellipse(x + wheel, foot - 18.0, 27.0, 27.0, [30, 32, 34]);
        canvas.ellipse(x + wheel, foot - 18.0, 12.0, 12.0, [170, 174, 178]);
    }
    canvas.ellipse(x + 246.0, foot - 52.0, 9.0, 7.0, [246, 232, 176]);
}

/// A fire in the field, or what it left.
pub(super) fn smoke(canvas: &mut Canvas, horizon: f32, mended: bool, chance: &mut Chance) {
    let (x, foot) = (between(chance, 300.0, 480.0), 470.0);
    canvas.polygon(
        &[
            (0.0, horizon + 60.0),
            (WIDTH, horizon + 40.0),
            (WIDTH, HEIGHT),
            (0.0, HEIGHT),
        ],
        [186, 164, 96],
    );
    for row in 0..9 {
        let y = horizon + 70.0 + 34.0 * row as f32;
        canvas.line(
            (0.0, y),
            (WIDTH, y - 12.0),
            2.0 + row as f32 * 0.6,
            [150, 130, 74],
        );
    }
    canvas.ellipse(x, foot + 6.0, 120.0, 22.0, [52, 46, 40]);
    if mended {
        return;
    }
    for puff in 0..26 {
        let rise = puff as f32 * 15.0;
        let drift = rise * 0.34 + between(chance, -22.0, 22.0);
        let reach = 22.0 + rise * 0.16;
        let grey = (96.0 + rise * 0.24).min(196.0) as u8;
        canvas.veil(
            x + drift,
            foot - 24.0 - rise,
            reach,
            [grey, grey, grey],
            0.5,
        );
    }
    for (dx, height) in [(-44.0, 50.0), (-12.0, 84.0), (24.0, 66.0), (54.0, 40.0)] {
        canvas.polygon(
            &[
                (x + dx - 20.0, foot),
                (x + dx + 20.0, foot),
                (x + dx + 4.0, foot - height),
            ],
            [226, 106, 36],
        );
        canvas.polygon(
            &[
                (x + dx - 9.0, foot),
                (x + dx + 10.0, foot),
                (x + dx + 2.0, foot - height * 0.55),
            ],
            [248, 204, 84],
        );
    }
}

/// A house with a scaffold, or finished.
pub(super) fn building(canvas: &mut Canvas, horizon: f32, mended: bool, chance: &mut Chance) {
    let (x, foot) = (between(chance, 200.0, 320.0), horizon + 190.0);
    canvas.ellipse(x + 160.0, foot + 20.0, 330.0, 40.0, [160, 142, 112]);
    canvas.rectangle(
        x,
        foot - 270.0,
        320.0,
        270.0,
        if mended {
            [232, 226, 212]
        } else {
            [190, 184, 174]
        },
    );
    for floor in 0..3 {
        for column in 0..4 {
            let (left, top) = (
                x + 26.0 + 74.0 * column as f32,
                foot - 246.0 + 86.0 * floor as f32,
            );
            canvas.rectangle(
                left,
                top,
                44.0,
                50.0,
                if mended {
                    [104, 132, 152]
                } else {
                    [62, 60, 58]
                },
            );
        }
    }
    if mended {
        canvas.polygon(
            &[
                (x - 14.0, foot - 268.0),
                (x + 30.0, foot - 320.0),
                (x + 290.0, foot - 320.0),
                (x + 334.0, foot - 268.0),
            ],
            [86, 88, 94],
        );
        return;
    }
    for pole in 0..6 {
        let left = x - 14.0 + 70.0 * pole as f32;
        canvas.line(
            (left, foot + 10.0),
            (left, foot - 310.0),
            4.0,
            [196, 150, 70],
        );
    }
    for stage in 0..4 {
        let y = foot - 40.0 - 84.0 * stage as f32;
        canvas.line((x - 22.0, y), (x + 346.0, y), 4.5, [176, 132, 62]);
    }
    for brick in 0..26 {
        let (column, row) = (brick % 9, brick / 9);
        canvas.rectangle(
            x + 380.0 + 20.0 * column as f32 + 6.0 * row as f32,
            foot + 20.0 - 12.0 * row as f32,
            18.0,
            10.0,
            [170, 88, 66],
        );
    }
}

/// A house, and something in its way.
pub(super) fn notice(canvas: &mut Canvas, horizon: f32, mended: bool, chance: &mut Chance) {
    let (x, foot) = (between(chance, 120.0, 260.0), horizon + 220.0);
    house(canvas, x, foot, 420.0, 300.0, chance);
    canvas.rectangle(x - 60.0, foot, 560.0, 16.0, [168, 164, 156]);
    tree(canvas, x + 520.0, foot + 20.0, 230.0);
    // The couplets at the door, and a bench.
    for dx in [160.0, 262.0] {
        canvas.rectangle(x + dx, foot - 120.0, 12.0, 100.0, [184, 44, 40]);
    }
    canvas.rectangle(x + 20.0, foot - 34.0, 110.0, 9.0, [132, 96, 64]);
    for dx in [30.0, 112.0] {
        canvas.rectangle(x + dx, foot - 26.0, 7.0, 26.0, [108, 78, 52]);
    }
    if !mended {
        canvas.polygon(
            &[
                (x + 300.0, foot + 70.0),
                (x + 420.0, foot + 46.0),
                (x + 450.0, foot + 66.0),
                (x + 326.0, foot + 94.0),
            ],
            [126, 104, 80],
        );
        canvas.line(
            (x + 336.0, foot + 60.0),
            (x + 396.0, foot + 20.0),
            6.0,
            [112, 84, 58],
        );
        cone(canvas, x + 270.0, foot + 84.0);
    }
}

fn lighter(colour: Colour) -> Colour {
    colour.map(|part| part.saturating_add(46))
}
