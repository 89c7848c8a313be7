use std::fmt::Write as _;
use std::fs;
use std::time::Instant;

use anyhow::{Context, Result};
use gewang_grid::{Coord, Partition, Shape};
use gewang_server::{Datum, Sheet};

use super::figures::{Goal, Sheet as Figures, ratios};
use super::machine::Scratch;
use super::psql::psql;

/// The zooms at which tiles are cut.
const ZOOMS: [u8; 5] = [10, 11, 12, 13, 14];
/// The least time for which tiles of a zoom are cut again and again.
const LEAST_S: f64 = 0.3;

/// Cuts every tile of a town at some zooms, none of them kept, beside PostGIS.
pub(super) fn measure(
    cells: usize,
    partition: &Partition,
    runs: u32,
    postgis: Option<&str>,
    scratch: &Scratch,
    figures: &mut Figures,
) -> Result<()> {
    let peer = postgis
        .map(|connection| PostGis::load(connection, partition, scratch))
        .transpose()?;
    for z in ZOOMS {
        let (mut drawn_ms, mut ours, mut theirs) = (Vec::new(), Vec::new(), Vec::new());
        let (mut bytes, mut their_bytes, mut tiles) = (0, 0, 0);
        for _ in 0..runs {
            let start = Instant::now();
            let sheet = Sheet::new(partition, z, Datum::Wgs84);
            drawn_ms.push(start.elapsed().as_secs_f64() * 1e3);
            let places: Vec<(i32, i32)> = sheet.places().collect();
            tiles = places.len();
            let (start, mut rounds) = (Instant::now(), 0);
            while start.elapsed().as_secs_f64() < LEAST_S {
                let cut = places.iter().map(|&(x, y)| sheet.tile(x, y, None).len());
                bytes = cut.sum();
                rounds += 1;
            }
            ours.push((rounds * tiles) as f64 / start.elapsed().as_secs_f64());
            if let Some(peer) = &peer {
                let (seconds, size) = peer.cut(z, &places)?;
                theirs.push(tiles as f64 / seconds);
                their_bytes = size;
            }
        }
        let name = |what: &str| format!("{cells} cells, zoom {z}: {what}");
        figures.add(name("the sheet drawn, once an edition"), "ms", &drawn_ms);
        figures.add(name("tiles cut, one thread"), "1/s", &ours);
        figures.add(name("a tile"), "kB", &[bytes as f64 / tiles as f64 / 1e3]);
        if peer.is_none() {
            continue;
        }
        figures.add(name("ST_AsMVT, one connection"), "1/s", &theirs);
        let times = ratios(&ours, &theirs);
        match z {
            13 => figures.add(name("ours / ST_AsMVT"), "times", &times),
            _ => {
                let least = if z < 13 { 50.0 } else { 20.0 };
                figures.add_with_goal(
                    name("ours / ST_AsMVT"),
                    "times",
                    &times,
                    Goal::AtLeast(least),
                );
            }
        }
        let share = bytes as f64 / their_bytes as f64;
        match z {
            10 => figures.add_with_goal(
                name("bytes, ours / ST_AsMVT"),
                "times",
                &[share],
                Goal::AtMost(0.2),
            ),
            _ => figures.add(name("bytes, ours / ST_AsMVT"), "times", &[share]),
        }
    }
    if let Some(peer) = &peer {
        psql(peer.connection, "drop table gewang_bench;\n")?;
    }
    Ok(())
}

/// A PostgreSQL with PostGIS, and the leaves in a table of it.
struct PostGis<'c> {
    connection: &'c str,
}

impl PostGis<'_> {
    fn load<'c>(
        connection: &'c str,
        partition: &Partition,
        scratch: &Scratch,
    ) -> Result<PostGis<'c>> {
        let mut rows = String::new();
        for (number, leaf) in partition.leaves().enumerate() {
            let shape = partition.shape(leaf).context("a leaf has a shape")?;
            writeln!(rows, "{number}\tSRID=4326;{}", wkt(shape))?;
        }
        let file = scratch.path().join("leaves.copy");
        fs::write(&file, rows)?;
        let peer = PostGis { connection };
        let load = format!(
            "create extension if not exists postgis;\n\
             drop table if exists gewang_bench;\n\
             create table gewang_bench(id int, geom geometry(MultiPolygon, 4326));\n\
             \\copy gewang_bench from '{}'\n\
             create index on gewang_bench using gist(geom);\n\
             vacuum analyze gewang_bench;\n",
            file.display()
        );
        psql(connection, &load)?;
        Ok(peer)
    }

    /// The seconds that it takes to cut these tiles, and their bytes in all. A first round warms its caches.
    fn cut(&self, z: u8, places: &[(i32, i32)]) -> Result<(f64, usize)> {
        let list: Vec<String> = places.iter().map(|(x, y)| format!("({x},{y})")).collect();
        let cut = format!(
            "select sum(length(tile)) from (values {}) place(x, y), lateral (\
                with area as (select st_tileenvelope({z}, x, y) box), \
                leaf as (select id, st_asmvtgeom(st_transform(geom, 3857), area.box, 4096, 64, true) geom \
                    from gewang_bench, area where gewang_bench.geom && \
                    st_transform(st_expand(area.box, 64.0 / 4096 * (st_xmax(area.box) - st_xmin(area.box))), 4326)) \
                select st_asmvt(leaf, 'cell', 4096, 'geom') tile from leaf) cut;\n",
            list.join(",")
        );
        let now = "select extract(epoch from clock_timestamp());\n";
        let said = psql(
            self.connection,
            &format!("set jit = off;\n{cut}{now}{cut}{now}"),
        )?;
        let numbers: Vec<f64> = said
            .lines()
            .filter_map(|line| line.trim().parse().ok())
            .collect();
        let [_, begun, bytes, ended] = numbers[..] else {
            anyhow::bail!("psql printed {said}");
        };
        Ok((ended - begun, bytes as usize))
    }
}

/// A shape as well-known text.
fn wkt(shape: &Shape) -> String {
    let ring = |ring: &Vec<Coord>| {
        let places = ring.iter().chain(ring.first());
        let places: Vec<String> = places
            .map(|place| format!("{} {}", place.lon(), place.lat()))
            .collect();
        format!("({})", places.join(","))
    };
    let polygon = |rings: &Vec<Vec<Coord>>| {
        let rings: Vec<String> = rings.iter().map(ring).collect();
        format!("({})", rings.join(","))
    };
    let polygons: Vec<String> = shape.polygons().iter().map(polygon).collect();
    format!("MULTIPOLYGON({})", polygons.join(","))
}
