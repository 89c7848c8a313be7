//! The map below the cells.

use super::Check;
use crate::BaseMap;
use crate::fault::say;

/// Checks a base map.
pub(super) fn base_map(check: &mut Check<'_, '_>, map: &BaseMap) {
    match (&map.url, &map.file) {
        (Some(url), None) => address(check, map, url),
        (None, Some(file)) => own_file(check, file),
        _ if check.shaped.is_hurt("/base_map") => {}
        _ => check.key(
            "bad-base-map",
            "/base_map",
            say(
                "底图要么有 url，要么有 file",
                "a base map has either a `url` or a `file`",
            ),
            say(
                "地图服务写 url，数据目录中的 PMTiles 文件写 file",
                "write `url` for a map service, `file` for a PMTiles file in the data directory",
            ),
        ),
    }
    if ![256, 512].contains(&map.tile_size) && !check.shaped.is_lost("/base_map/tile_size") {
        check.value(
            "bad-base-map",
            "/base_map/tile_size",
            say(
                format!("没有边长 {} 像素的瓦片", map.tile_size),
                format!("there are no tiles of {} pixels", map.tile_size),
            ),
            say("写 256 或 512", "write 256 or 512"),
        );
    }
    if !(1..=22).contains(&map.max_zoom) && !check.shaped.is_lost("/base_map/max_zoom") {
        check.value(
            "bad-base-map",
            "/base_map/max_zoom",
            say(
                format!("没有 {} 级缩放", map.max_zoom),
                format!("there is no zoom {}", map.max_zoom),
            ),
            say("写 1 到 22", "write 1 to 22"),
        );
    }
}

fn address(check: &mut Check<'_, '_>, map: &BaseMap, url: &str) {
    // It goes into a header and into a page: only what an address is made of.
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?#@!$&()*+,=%{}".contains(&byte);
    let host = |origin: &str| {
        let name = origin.split_once("://").map_or("", |(_, name)| name);
        !name.is_empty()
            && name
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b".-:".contains(&byte))
    };
    let told = if !(url.starts_with("https://") || url.starts_with("http://"))
        || !url.bytes().all(plain)
        || !map.origin().is_some_and(host)
    {
        Some((
            say("这不是 http(s) 地址", "this is no http(s) address"),
            say(
                "例如 https://tile.example/{z}/{x}/{y}.png",
                "for instance https://tile.example/{z}/{x}/{y}.png",
            ),
        ))
    } else {
        let missing = ["{z}", "{x}", "{y}"]
            .into_iter()
            .find(|part| !url.contains(part));
        missing.map(|part| {
            (
                say(
                    format!("地址中没有 {part}"),
                    format!("the address has no {part}"),
                ),
                say(
                    "缩放级、列、行写成 {z}、{x}、{y}；WMTS 即 TILEMATRIX={z}&TILECOL={x}&TILEROW={y}",
                    "write zoom, column and row as {z}, {x}, {y}; with WMTS TILEMATRIX={z}&TILECOL={x}&TILEROW={y}",
                ),
            )
        })
    };
    if let Some((text, mend)) = told
        && !check.shaped.is_lost("/base_map/url")
    {
        check.value("bad-base-map", "/base_map/url", text, mend);
    }
}

fn own_file(check: &mut Check<'_, '_>, file: &str) {
    let plain = !file.starts_with('.')
        && file.ends_with(".pmtiles")
        && file
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
    if !plain && !check.shaped.is_lost("/base_map/file") {
        check.value(
            "bad-base-map",
            "/base_map/file",
            say(
                "这不是数据目录中 PMTiles 文件的名称",
                "this is not the name of a PMTiles file in the data directory",
            ),
            say(
                "写不带文件夹的文件名，例如 town.pmtiles",
                "write a name without folders, for instance town.pmtiles",
            ),
        );
    }
}
