//! The cells as vector tiles.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use gewang_grid::Partition;
use gewang_store::{Tally, TallyQuery};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::address;
use crate::app::App;
use crate::body::{Path, Query};
use crate::caller::Caller;
use crate::figures::staged;
use crate::map::{MEDIA, drawing, no_tile, place};
use crate::problem::{Outcome, ProblemBody};
use crate::projection::Datum;
use crate::sheet::{Counted, DEEPEST};

/// For which map, and with what.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// The datum of the base map above which it is drawn (`wgs84` by default).
    #[param(inline)]
    datum: Datum,
    /// `open`: cells and names also tell `open` and `late`, how many cases are under way and how many of them late in the
    /// cell and all below it. For who is signed in; such a tile is the moment's.
    #[param(inline)]
    counts: Option<Counts>,
}

/// What is counted.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Counts {
    /// What is under way now.
    Open,
}

/// A tile of the cells.
///
/// Mapbox Vector Tile 2.1. Borders are simplified once for both sides, so that neighbours never crack apart. A tile of an
/// edition never changes, and the next edition's is the same byte for byte where nothing was drawn anew. A cell that is but
/// a few pixels wide tells its `id`, `depth` and `leaf` alone, and has no name until there is room for one.
#[utoipa::path(
    get, path = "/api/v1/tiles/{edition}/{z}/{x}/{y}", tag = "town", operation_id = "getTile", security(()),
    params(
        ("edition" = String, Path, description = "As `GET /map` names it, or as a past day had it"),
        ("z" = u8, Path, description = "Zoom, at most 16"),
        ("x" = u32, Path, description = "Column from the west"),
        ("y" = u32, Path, description = "Row from the north"),
        Asked,
    ),
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/vnd.mapbox-vector-tile", description = "The tile; without a byte where there is nothing"),
        (status = 401, body = ProblemBody, content_type = "application/problem+json", description = "`sign_in`: counts are for who is signed in"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`: no such edition, no such tile"),
    )
)]
pub(crate) async fn tile(
    State(app): State<Arc<App>>,
    caller: Caller,
    Path((edition, z, x, y)): Path<(String, u8, u32, u32)>,
    Query(asked): Query<Asked>,
) -> Outcome<Response> {
    let place = place(z, x, y, asked.datum)?;
    let drawing = drawing(&app, &edition).await?;
    let counts = match asked.counts {
        None => None,
        Some(Counts::Open) => {
            caller.signed_in()?;
            Some(counts(&app).await?)
        }
    };
    let kept = match &counts {
        None => "public, max-age=31536000, immutable",
        Some(_) => "private, no-store",
    };
    // The first of a zoom draws the whole zoom: tens of milliseconds for a large town.
    let tile = tokio::task::spawn_blocking(move || match counts {
        None => drawing.tile(place),
        Some(counts) => {
            let counted = summed(drawing.partition(), &counts);
            drawing.counted(place, &counted).into()
        }
    })
    .await
    .map_err(|_| no_tile())?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(MEDIA)),
        (header::CACHE_CONTROL, HeaderValue::from_static(kept)),
    ];
    Ok((headers, tile).into_response())
}

/// What stands now, by the cell in which it counts.
async fn counts(app: &App) -> Outcome<HashMap<String, Counted>> {
    let kinds = staged(&app.engine()).map(|(name, ..)| name).collect();
    let query = TallyQuery {
        kinds,
        measures: vec!["open".into(), "late".into()],
        days: None,
        cells: None,
    };
    let (_, found) = app
        .store
        .read(move |reader| reader.tallies_at(&[query]))
        .await?;
    let mut counts: HashMap<String, Counted> = HashMap::new();
    for Tally {
        cell, measure, n, ..
    } in found.into_iter().flatten()
    {
        let counted = counts.entry(cell).or_default();
        let n = u64::try_from(n).unwrap_or(0);
        match measure.as_str() {
            "open" => counted.open += n,
            _ => counted.late += n,
        }
    }
    Ok(counts)
}

/// The counts of each cell with all below it.
fn summed(partition: &Partition, counts: &HashMap<String, Counted>) -> Vec<Counted> {
    let mut sums = vec![Counted::default(); partition.cells().len()];
    for index in partition.indices() {
        if let Some(own) = counts.get(partition.cell(index).id.as_str()) {
            for above in partition.ancestors(index) {
                sums[above.get()].open += own.open;
                sums[above.get()].late += own.late;
            }
        }
    }
    sums
}

/// What there is to know of the tiles of an edition, as programs for maps read it: TileJSON 3.0.
#[derive(Serialize, ToSchema)]
pub(crate) struct TileJson {
    /// The version of TileJSON.
    #[schema(example = "3.0.0")]
    tilejson: &'static str,
    /// The name of the town.
    name: String,
    /// The edition.
    version: String,
    /// `xyz`: rows are counted from the north.
    scheme: &'static str,
    /// The address of the tiles.
    tiles: Vec<String>,
    minzoom: u8,
    maxzoom: u8,
    /// West, south, east, north in degrees.
    bounds: [f64; 4],
    /// What is in the tiles.
    vector_layers: Vec<VectorLayer>,
}

/// A layer of the tiles.
#[derive(Serialize, ToSchema)]
pub(crate) struct VectorLayer {
    id: &'static str,
    description: &'static str,
    minzoom: u8,
    maxzoom: u8,
    /// What its features tell, and of which type it is.
    fields: HashMap<&'static str, &'static str>,
}

/// The tiles of an edition.
///
/// TileJSON 3.0, for QGIS and other programs that show maps.
#[utoipa::path(
    get, path = "/api/v1/tiles/{edition}", tag = "town", operation_id = "getTileJson", security(()),
    params(("edition" = String, Path, description = "As `GET /map` names it, or as a past day had it; `current` for the one in force")),
    responses(
        (status = 200, body = TileJson, description = "What there is to know of them"),
        (status = 404, body = ProblemBody, content_type = "application/problem+json", description = "`not_found`: no such edition"),
    )
)]
pub(crate) async fn describe(
    State(app): State<Arc<App>>,
    Path(edition): Path<String>,
    headers: HeaderMap,
) -> Outcome<axum::Json<TileJson>> {
    let drawing = match edition.as_str() {
        "current" => crate::map::current(&app).await?,
        named => drawing(&app, named).await?,
    };
    let base = address::base(&app, &headers);
    let partition = drawing.partition();
    let name = &partition.cell(partition.root()).name;
    let cell = [
        ("id", "String"),
        ("depth", "Number"),
        ("leaf", "Boolean"),
        ("level", "String"),
        ("parent", "String"),
        ("title_zh", "String"),
        ("title_en", "String"),
    ];
    let layer = |id, description, fields: &[(&'static str, &'static str)]| VectorLayer {
        id,
        description,
        minzoom: 0,
        maxzoom: DEEPEST,
        fields: fields.iter().copied().collect(),
    };
    Ok(axum::Json(TileJson {
        tilejson: "3.0.0",
        name: match name.zh.is_empty() {
            true => name.en.clone(),
            false => name.zh.clone(),
        },
        version: drawing.edition.clone(),
        scheme: "xyz",
        tiles: vec![format!(
            "{base}/api/v1/tiles/{}/{{z}}/{{x}}/{{y}}",
            drawing.edition
        )],
        minzoom: 0,
        maxzoom: DEEPEST,
        bounds: drawing.bounds(),
        vector_layers: vec![
            layer("cell", "Cells of every level, as areas", &cell),
            layer(
                "border",
                "Borders, by the highest cells that they part",
                &[("level", "String"), ("depth", "Number")],
            ),
            layer("label", "Places for the names of cells", &cell),
        ],
    }))
}
