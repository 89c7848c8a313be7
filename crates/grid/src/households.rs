//! Where people live, from a table of points.

use crate::{
    cell::Text,
    coord::Coord,
    crs::{Conversion, Crs},
    formats,
    reading::Unreadable,
};

/// People at a place.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Household {
    /// Where they live.
    pub at: Coord,
    /// How much they count.
    pub weight: f64,
}

/// Names of the column with the longitude.
pub const LONGITUDES: [&str; 6] = ["lon", "lng", "longitude", "long", "x", "经度"];
/// Names of the column with the latitude.
pub const LATITUDES: [&str; 4] = ["lat", "latitude", "y", "纬度"];
/// Names of the column with how much a point counts.
const WEIGHTS: [&str; 8] = [
    "weight",
    "households",
    "household",
    "count",
    "n",
    "户数",
    "住户数",
    "权重",
];

/// Reads a table of points, at most so many: CSV whose first line names the columns. A point without a weight counts one.
pub fn households(bytes: &[u8], crs: Crs, most: usize) -> Result<Vec<Household>, Vec<Unreadable>> {
    let text = formats::table_text(bytes).ok_or_else(|| {
        fault(
            None,
            "不是文本表格；请导出为 UTF-8 或 GBK 编码的 CSV。",
            "it is no table of text: export it as CSV in UTF-8 or GBK",
        )
    })?;
    let text = text.trim_start_matches('\u{feff}');
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(formats::table_delimiter(text))
        .flexible(true)
        .from_reader(text.as_bytes());
    let header = reader
        .headers()
        .map_err(|error| fault(None, format!("读不了表头：{error}"), error.to_string()))?;
    let column = |known: &[&str]| {
        header.iter().position(|name| {
            let name = name.trim();
            known.iter().any(|known| name.eq_ignore_ascii_case(known))
        })
    };
    let (Some(lon), Some(lat)) = (column(&LONGITUDES), column(&LATITUDES)) else {
        return Err(fault(
            None,
            "表头里没有经度和纬度两列；列名可以是 lon、lat 或 经度、纬度。",
            "the header has no columns of longitude and latitude: call them lon and lat",
        ));
    };
    let weight = column(&WEIGHTS);
    let conversion = Conversion::new(crs);
    let mut points = Vec::new();
    for (index, row) in reader.records().enumerate() {
        // The header is the first line.
        let number = index + 2;
        let row = row.map_err(|error| {
            fault(
                Some(number),
                format!("这一行读不了：{error}"),
                error.to_string(),
            )
        })?;
        let number_in = |column: usize| row.get(column).unwrap_or_default().trim().parse::<f64>();
        let place = match (number_in(lon), number_in(lat)) {
            (Ok(x), Ok(y)) => conversion.coord(x, y).ok(),
            _ => None,
        };
        let Some(at) = place else {
            return Err(fault(
                Some(number),
                "经度或纬度不是这个坐标系里的位置；先经度、后纬度。",
                "longitude and latitude are no place in this coordinate system",
            ));
        };
        let weight = match weight.map(|column| row.get(column).unwrap_or_default().trim()) {
            None | Some("") => Ok(1.0),
            Some(text) => text.parse::<f64>(),
        };
        let Some(weight) = weight
            .ok()
            .filter(|weight| weight.is_finite() && *weight >= 0.0)
        else {
            return Err(fault(
                Some(number),
                "户数不是不小于 0 的数。",
                "the weight is no number of 0 or more",
            ));
        };
        if points.len() >= most {
            return Err(fault(
                None,
                format!("点太多，最多 {most} 个；请先按楼栋合并，把户数写在一列里。"),
                format!(
                    "too many points, at most {most}: put those of a building together, with their number in a column"
                ),
            ));
        }
        points.push(Household { at, weight });
    }
    Ok(points)
}

fn fault(feature: Option<usize>, zh: impl Into<String>, en: impl Into<String>) -> Vec<Unreadable> {
    vec![Unreadable {
        feature,
        text: Text::new(zh, en),
    }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_are_read_by_the_names_of_their_columns() {
        let read = |text: &str| households(text.as_bytes(), Crs::Wgs84, 3);
        let points = read("户数,经度,纬度\n3,120.1,31.5\n,120.2,31.6\n").unwrap();
        assert_eq!(points.len(), 2);
        assert_eq!(points[0].weight, 3.0);
        assert_eq!(points[1].weight, 1.0);
        assert_eq!(points[1].at, Coord::from_degrees(120.2, 31.6).unwrap());
        for (bad, row) in [
            ("name\nx\n", None),
            ("lon,lat\n31.5,120.1\n", Some(2)),
            ("lon,lat\n120.1,x\n", Some(2)),
            ("lon,lat,n\n120.1,31.5,-1\n", Some(2)),
            ("lon,lat,n\n120.1,31.5,NaN\n", Some(2)),
            ("lon,lat\n1,1\n1,1\n1,1\n1,1\n", None),
        ] {
            assert_eq!(read(bad).unwrap_err()[0].feature, row, "{bad}");
        }
    }
}
