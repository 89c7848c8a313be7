//! The map: the cells as vector tiles, edition by edition, and what is drawn below them.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::State;
use axum::http::StatusCode;
use gewang_engine::{Record, Setup};
use gewang_grid::{Partition, Reading};
use gewang_pack::{MapDatum, Text};
use gewang_store::{Filter, Order, Reader};
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::drawing::{Drawing, Place};
use crate::editions;
use crate::problem::{Outcome, Problem};
use crate::projection::Datum;
use crate::schema;
use crate::sheet::DEEPEST;

/// Editions of the past that are kept ready to be drawn.
const PAST: usize = 3;
/// Digits of the hash of the cells' file that name an edition.
const DIGITS: usize = 16;

/// The editions that were drawn lately.
#[derive(Default)]
pub(crate) struct Maps {
    current: Mutex<Option<(Arc<Setup>, Arc<Drawing>)>>,
    past: Mutex<VecDeque<Arc<Drawing>>>,
    /// How many leaves a file of cells has, by its hash.
    leaves: Mutex<HashMap<String, usize>>,
}

impl Maps {
    /// How many leaves a file of cells has, where that is known.
    pub fn leaves(&self, hash: &str) -> Option<usize> {
        let known = self.leaves.lock().unwrap_or_else(PoisonError::into_inner);
        known.get(hash).copied()
    }

    /// Notes how many leaves a file of cells has.
    pub fn has_leaves(&self, hash: &str, count: usize) {
        let mut known = self.leaves.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(hash.to_owned(), count);
    }
}

/// What the map is made of.
#[derive(Serialize, ToSchema)]
pub(crate) struct Map {
    /// The edition of the cells in force.
    #[schema(example = "5f70bf18a0860070")]
    edition: String,
    /// West, south, east, north of the town in degrees.
    bounds: [f64; 4],
    /// The datum of `bounds` and of every place in this interface.
    datum: Datum,
    /// The address of the cells as vector tiles, with `{z}`, `{x}`, `{y}`; with `?datum=gcj02` shifted to fit such a base
    /// map. Layers: `cell` (areas: `id`, `title_zh`, `title_en`, `level`, `depth` from the town as 0, `parent`, `leaf`),
    /// `border` (lines: `level` and `depth` of the highest cells that they part), `label` (places for names, tagged as
    /// `cell`).
    tiles: String,
    /// The farthest zoom of these tiles.
    tiles_max_zoom: u8,
    /// What the town draws below the cells; null where it draws nothing.
    #[schema(required = true)]
    base: Option<Base>,
}

/// A base map.
#[derive(Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
#[schema(as = BaseMap)]
pub(crate) enum Base {
    /// Pictures of a map service.
    Raster {
        /// The address with `{z}`, `{x}`, `{y}`.
        url: String,
        /// Pixels of a picture's edge.
        tile_size: u16,
        /// The farthest zoom that it has.
        max_zoom: u8,
        /// The datum in which it is drawn.
        datum: Datum,
        /// Whose map it is.
        #[schema(value_type = schema::Text)]
        attribution: Text,
    },
    /// A PMTiles file that this server hands out.
    Pmtiles {
        /// Its address, which takes `Range`.
        url: String,
        /// Pixels of a picture's edge, where it holds pictures.
        tile_size: u16,
        /// The farthest zoom that it has.
        max_zoom: u8,
        /// The datum in which it is drawn.
        datum: Datum,
        /// Whose map it is.
        #[schema(value_type = schema::Text)]
        attribution: Text,
    },
}

/// The map.
///
/// Which edition of the cells is in force, where its tiles are, and what the town draws below them. For everybody: it is
/// the map of public offices.
#[utoipa::path(
    get, path = "/api/v1/map", tag = "town", operation_id = "getMap", security(()),
    responses((status = 200, body = Map, description = "It says all that a map needs"))
)]
pub(crate) async fn map(State(app): State<Arc<App>>) -> Outcome<axum::Json<Map>> {
    let drawing = current(&app).await?;
    let engine = app.engine();
    let base = engine.setup().town().base_map.as_ref().map(|map| {
        let datum = match map.datum {
            MapDatum::Wgs84 => Datum::Wgs84,
            MapDatum::Gcj02 => Datum::Gcj02,
        };
        let (tile_size, max_zoom) = (map.tile_size, map.max_zoom);
        let attribution = map.attribution.clone();
        match &map.url {
            Some(url) => Base::Raster {
                url: url.clone(),
                tile_size,
                max_zoom,
                datum,
                attribution,
            },
            None => Base::Pmtiles {
                url: "/api/v1/basemap".into(),
                tile_size,
                max_zoom,
                datum,
                attribution,
            },
        }
    });
    Ok(axum::Json(Map {
        bounds: drawing.bounds(),
        datum: Datum::Wgs84,
        tiles: format!("/api/v1/tiles/{}/{{z}}/{{x}}/{{y}}", drawing.edition),
        tiles_max_zoom: DEEPEST,
        edition: drawing.edition.clone(),
        base,
    }))
}

/// The media type of a tile.
pub(crate) const MEDIA: &str = "application/vnd.mapbox-vector-tile";

/// Which tile is meant, if there can be such.
pub(crate) fn place(z: u8, x: u32, y: u32, datum: Datum) -> Outcome<Place> {
    if z > DEEPEST || x >= 1 << z || y >= 1 << z {
        return Err(no_tile());
    }
    Ok(Place { z, x, y, datum })
}

pub(crate) fn no_tile() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "not_found",
        "没有这一张地图瓦片：/api/v1/map 给出当前的地址。",
        "There is no such tile of the map: /api/v1/map says the addresses in force.",
    )
}

/// The edition in force.
pub(crate) async fn current(app: &App) -> Outcome<Arc<Drawing>> {
    let engine = app.engine();
    let setup = engine.setup().clone();
    let lock = || {
        app.maps
            .current
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    };
    if let Some((known, drawing)) = &*lock()
        && Arc::ptr_eq(known, &setup)
    {
        return Ok(drawing.clone());
    }
    let hash = app
        .store
        .read(|reader| {
            let domain = domain(reader)?;
            Ok(domain.as_deref().and_then(grid_of).unwrap_or_default())
        })
        .await?;
    let name = edition(&hash);
    let mut kept = lock();
    // Another setting may have been adopted while the cells stayed: then what was drawn stays too.
    let drawing = match &*kept {
        Some((_, drawing)) if drawing.edition == name => drawing.clone(),
        _ => Arc::new(Drawing::new(name, setup.grid().shared_partition())),
    };
    *kept = Some((setup, drawing.clone()));
    Ok(drawing)
}

/// An edition by its name, in force or of the past.
pub(crate) async fn drawing(app: &App, edition: &str) -> Outcome<Arc<Drawing>> {
    let current = current(app).await?;
    if current.edition == edition {
        return Ok(current);
    }
    let lock = || app.maps.past.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(drawing) = lock().iter().find(|drawing| drawing.edition == edition) {
        return Ok(drawing.clone());
    }
    if edition.len() != DIGITS {
        return Err(no_tile());
    }
    let wanted = edition.to_owned();
    let levels: Vec<String> = {
        let engine = app.engine();
        let levels = &engine.setup().town().levels;
        levels.iter().map(|level| level.id.clone()).collect()
    };
    let partition = app
        .store
        .read(move |reader| {
            let editions = editions::all(reader)?;
            let found = editions.into_iter().find(|one| one.name == wanted);
            let Some(bytes) = found.map(|one| reader.file_bytes(&one.hash)).transpose()? else {
                return Ok(None);
            };
            let reading = Reading {
                levels,
                ..Reading::default()
            };
            Ok(bytes.and_then(|bytes| Partition::from_geojson(&bytes, &reading).ok()))
        })
        .await?
        .ok_or_else(no_tile)?;
    let drawing = Arc::new(Drawing::new(edition.to_owned(), Arc::new(partition)));
    let mut past = lock();
    past.truncate(PAST - 1);
    past.push_front(drawing.clone());
    Ok(drawing)
}

/// The record of the town itself, which was the first.
pub(crate) fn domain(reader: &Reader) -> Result<Option<Arc<Record>>, gewang_store::Error> {
    let filter = Filter {
        kinds: vec!["town.domain".into()],
        ..Filter::default()
    };
    let page = reader.records(&filter, Order::Oldest, None, 1, &|_| true)?;
    Ok(page.records.into_iter().next())
}

/// The hash of the cells' file that the record of the town names.
pub(crate) fn grid_of(domain: &Record) -> Option<String> {
    Some(domain.fields.get("grid")?.as_str()?.to_owned())
}

/// The name of the edition that a file of cells is.
pub(crate) fn edition(hash: &str) -> String {
    hash.get(..DIGITS).unwrap_or(hash).to_owned()
}
