//! The cells, and who answers at a place.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use gewang_engine::{Answering, CellInfo};
use gewang_grid::Coord;
use gewang_pack::{Level, Text};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::body::{Query, bad_parameter};
use crate::caller::Caller;
use crate::clock;
use crate::problem::{Nearest, Outcome, Problem, ProblemBody};
use crate::schema;

/// How to give the cells.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct Asked {
    /// `tree` (the default), or `geojson` with the outlines.
    format: Option<String>,
    /// Only this cell and those below it.
    cell: Option<String>,
}

/// The territory's tree.
#[derive(Serialize, ToSchema)]
pub(crate) struct Cells {
    /// The root, which is the town itself.
    root: String,
    /// The levels from the top, as this town calls them.
    #[schema(value_type = Vec<schema::Level>)]
    levels: Vec<Level>,
    /// Those above before those below.
    cells: Vec<CellView>,
}

/// A cell.
#[derive(Serialize, ToSchema)]
#[schema(as = Cell)]
pub(crate) struct CellView {
    /// Its id, which never changes.
    id: String,
    /// Its name.
    #[schema(value_type = schema::Text)]
    title: Text,
    /// Its level.
    level: String,
    /// The cell above.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
    /// Whether it is one of those that tile the town.
    leaf: bool,
    /// A place inside it for its name.
    label: [f64; 2],
    /// Its area in square metres.
    area_m2: f64,
    /// Its official codes, each with scheme and date.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<schema::Code>)]
    codes: Vec<gewang_grid::Code>,
}

/// The territory.
///
/// The tree of cells from the town down, for everybody: it is the map of public offices. As GeoJSON every cell has its
/// outline, upper ones put together from those below.
#[utoipa::path(
    get, path = "/api/v1/cells", tag = "town", operation_id = "listCells", security(()), params(Asked),
    responses(
        (status = 200, description = "The tree, or a feature collection", content(
            (Cells = "application/json"),
            (Object = "application/geo+json"),
        )),
        (status = 400, body = ProblemBody, content_type = "application/problem+json", description = "`bad_parameter`"),
    )
)]
pub(crate) async fn cells(
    State(app): State<Arc<App>>,
    Query(asked): Query<Asked>,
) -> Outcome<Response> {
    let engine = app.engine();
    let grid = engine.setup().grid();
    let from = asked.cell.as_deref().unwrap_or(grid.root());
    if grid.cell(from).is_none() {
        return Err(bad_parameter("cell", "没有这个网格", "names no cell"));
    }
    let wanted = |cell: &&CellInfo| grid.covers(from, &cell.id);
    match asked.format.as_deref() {
        None | Some("tree") => {
            let partition = grid.partition();
            let view = |cell: &CellInfo| {
                let index = partition.index_of(&cell.id);
                let label = index
                    .map(|index| partition.label_point(index))
                    .map_or([0.0; 2], |at| [at.lon(), at.lat()]);
                CellView {
                    id: cell.id.clone(),
                    title: cell.title.clone(),
                    level: cell.level.clone(),
                    parent: cell.parent.clone(),
                    leaf: cell.leaf,
                    label,
                    area_m2: index.map_or(0.0, |index| partition.area_m2(index).round()),
                    codes: partition
                        .get(&cell.id)
                        .map(|cell| cell.codes.clone())
                        .unwrap_or_default(),
                }
            };
            let cells = grid.cells().iter().filter(wanted).map(view).collect();
            let levels = engine.setup().town().levels.clone();
            Ok(axum::Json(Cells {
                root: grid.root().to_owned(),
                levels,
                cells,
            })
            .into_response())
        }
        Some("geojson") => {
            let features: Vec<Value> = grid
                .cells()
                .iter()
                .filter(wanted)
                .filter_map(|cell| {
                    let index = grid.partition().index_of(&cell.id)?;
                    Some(json!({
                        "type": "Feature",
                        "id": cell.id,
                        "properties": cell,
                        "geometry": grid.partition().geometry(index),
                    }))
                })
                .collect();
            let json = json!({ "type": "FeatureCollection", "features": features }).to_string();
            Ok(([(header::CONTENT_TYPE, "application/geo+json")], json).into_response())
        }
        Some(_) => Err(bad_parameter(
            "format",
            "应为 tree 或 geojson",
            "is tree or geojson",
        )),
    }
}

/// A place.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Place {
    /// Longitude in degrees, WGS 84.
    #[param(example = 120.2)]
    lon: f64,
    /// Latitude in degrees, WGS 84.
    #[param(example = 31.8)]
    lat: f64,
}

impl Place {
    /// As the grid takes it.
    pub fn coord(&self) -> Outcome<Coord> {
        Coord::from_degrees(self.lon, self.lat).map_err(|error| {
            Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "bad_place",
                "这不是地球上的一个位置：先经度、后纬度，单位为度。",
                format!("This is no place on the Earth: {error}."),
            )
            .at("?lon")
        })
    }
}

/// Where a place lies, and who answers there.
#[derive(Serialize, ToSchema)]
pub(crate) struct Located {
    /// The cell in which it lies.
    #[schema(value_type = schema::Cell)]
    cell: CellInfo,
    /// The cells above it, up to the town.
    #[schema(value_type = Vec<schema::Cell>)]
    above: Vec<CellInfo>,
    /// The posts that answer there, from the cell upwards. The names of the people are for those who are signed in.
    #[schema(value_type = Vec<schema::Answering>)]
    chain: Vec<Answering>,
}

/// Locate a place.
///
/// The cell in which it lies and the chain of posts that answer for it. Of a place outside the town the problem says under
/// `nearest` which cell is the nearest.
#[utoipa::path(
    get, path = "/api/v1/locate", tag = "town", operation_id = "locate",
    security(("cookie" = []), ("token" = []), ()), params(Place),
    responses(
        (status = 200, body = Located, description = "Inside the town"),
        (status = 422, body = ProblemBody, content_type = "application/problem+json", description = "`outside_domain`: how far and in which direction, and `nearest`; `bad_place`"),
    )
)]
pub(crate) async fn locate(
    State(app): State<Arc<App>>,
    caller: Caller,
    Query(place): Query<Place>,
) -> Outcome<axum::Json<Located>> {
    let engine = app.engine();
    let grid = engine.setup().grid();
    let id = grid.locate(place.coord()?).map_err(|outside| {
        let text = outside.text();
        let refused = |zh: String, en: String| {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "outside_domain", zh, en).at("?lon")
        };
        match grid.nearest(&outside).filter(|_| !outside.swapped) {
            None => refused(text.zh, text.en),
            Some((cell, inside)) => refused(
                format!("{}最近的网格是{}。", text.zh, cell.title.zh),
                format!("{} The nearest cell is {}.", text.en, cell.title.en),
            )
            .near(Nearest {
                cell: cell.clone(),
                distance_m: outside.distance_m.ceil(),
                place: [inside.lon(), inside.lat()],
            }),
        }
    })?;
    let mut cells = grid
        .chain(id)
        .into_iter()
        .filter_map(|id| grid.cell(id).cloned());
    let cell = cells.next().ok_or_else(crate::guard::no_such_path)?;
    let mut chain = engine.chain(id, clock::now());
    if caller.account.is_none() {
        chain
            .iter_mut()
            .for_each(|answering| answering.people.clear());
    }
    Ok(axum::Json(Located {
        above: cells.collect(),
        cell,
        chain,
    }))
}
