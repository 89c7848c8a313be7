//! Places on the Earth as integers, so that equality is exact.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Units of a [`Coord`] in one degree.
const UNITS: f64 = 1e7;

/// A place in WGS 84 / CGCS2000, in units of 1e-7 degree (about one centimetre).
///
/// Ordered by longitude, then latitude. As JSON it is `[lon, lat]` in degrees.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Coord {
    lon: i32,
    lat: i32,
}

/// Why two numbers are not a place on the Earth.
#[derive(Clone, Copy, PartialEq, Debug, thiserror::Error)]
pub enum BadCoord {
    /// One of the numbers is NaN or infinite.
    #[error("the longitude or latitude is not a finite number")]
    NotFinite,
    /// The second number is no latitude, but the two make a place when swapped.
    #[error(
        "the pair ({lon}, {lat}) seems to be swapped: longitude comes first, latitude second, and {lat} is no latitude"
    )]
    Swapped {
        /// What stood in the place of the longitude.
        lon: f64,
        /// What stood in the place of the latitude.
        lat: f64,
    },
    /// The longitude is outside -180 to 180 or the latitude outside -90 to 90.
    #[error(
        "the pair ({lon}, {lat}) lies outside the Earth: longitude -180 to 180, latitude -90 to 90, in degrees"
    )]
    OutsideEarth {
        /// The longitude given.
        lon: f64,
        /// The latitude given.
        lat: f64,
    },
}

impl Coord {
    /// Where the equator meets the first meridian.
    pub(crate) const ORIGIN: Coord = Coord { lon: 0, lat: 0 };

    /// The place at these degrees, rounded to the nearest unit.
    pub fn from_degrees(lon: f64, lat: f64) -> Result<Coord, BadCoord> {
        if !lon.is_finite() || !lat.is_finite() {
            return Err(BadCoord::NotFinite);
        }
        if lat.abs() > 90.0 && lat.abs() <= 180.0 && lon.abs() <= 90.0 {
            return Err(BadCoord::Swapped { lon, lat });
        }
        if lon.abs() > 180.0 || lat.abs() > 90.0 {
            return Err(BadCoord::OutsideEarth { lon, lat });
        }
        Ok(Coord {
            lon: (lon * UNITS).round() as i32,
            lat: (lat * UNITS).round() as i32,
        })
    }

    /// The place at these units of 1e-7 degree.
    pub fn from_units(lon: i32, lat: i32) -> Result<Coord, BadCoord> {
        if lon.unsigned_abs() > 1_800_000_000 || lat.unsigned_abs() > 900_000_000 {
            return Coord::from_degrees(f64::from(lon) / UNITS, f64::from(lat) / UNITS);
        }
        Ok(Coord { lon, lat })
    }

    /// A place inside the range of two others, which therefore needs no check of its own.
    pub(crate) fn between(lon: i64, lat: i64) -> Coord {
        Coord {
            lon: lon.clamp(-1_800_000_000, 1_800_000_000) as i32,
            lat: lat.clamp(-900_000_000, 900_000_000) as i32,
        }
    }

    /// Longitude in units of 1e-7 degree.
    pub fn lon_units(self) -> i32 {
        self.lon
    }

    /// Latitude in units of 1e-7 degree.
    pub fn lat_units(self) -> i32 {
        self.lat
    }

    /// Longitude in degrees.
    pub fn lon(self) -> f64 {
        f64::from(self.lon) / UNITS
    }

    /// Latitude in degrees.
    pub fn lat(self) -> f64 {
        f64::from(self.lat) / UNITS
    }

    /// The same two numbers with longitude and latitude exchanged, if that is a place.
    pub fn swapped(self) -> Option<Coord> {
        Coord::from_units(self.lat, self.lon).ok()
    }

    /// Distance to another place in metres, along the ellipsoid (see [`crate::measure`] for the formula).
    pub fn distance_m(self, other: Coord) -> f64 {
        crate::measure::distance_m(self, other)
    }

    /// The direction in which `other` lies as seen from here.
    pub fn direction_to(self, other: Coord) -> Compass {
        let (east, north) = crate::measure::offset_m(self, other);
        Compass::of(east, north)
    }

    pub(crate) fn x(self) -> i64 {
        i64::from(self.lon)
    }

    pub(crate) fn y(self) -> i64 {
        i64::from(self.lat)
    }
}

impl fmt::Display for Coord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.7},{:.7}", self.lon(), self.lat())
    }
}

impl Serialize for Coord {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        [self.lon(), self.lat()].serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Coord {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Coord, D::Error> {
        let [lon, lat] = <[f64; 2]>::deserialize(deserializer)?;
        Coord::from_degrees(lon, lat).map_err(serde::de::Error::custom)
    }
}

/// The smallest box, along the axes, around some places.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
pub struct Bounds {
    /// The south-western corner.
    pub min: Coord,
    /// The north-eastern corner.
    pub max: Coord,
}

impl Bounds {
    /// The box around these places; `None` when there are none.
    pub fn around(places: impl IntoIterator<Item = Coord>) -> Option<Bounds> {
        let mut places = places.into_iter();
        let first = places.next()?;
        let mut bounds = Bounds {
            min: first,
            max: first,
        };
        for place in places {
            bounds.min.lon = bounds.min.lon.min(place.lon);
            bounds.min.lat = bounds.min.lat.min(place.lat);
            bounds.max.lon = bounds.max.lon.max(place.lon);
            bounds.max.lat = bounds.max.lat.max(place.lat);
        }
        Some(bounds)
    }

    /// Whether the place lies in the box or on its edge.
    pub fn contains(&self, place: Coord) -> bool {
        (self.min.lon..=self.max.lon).contains(&place.lon)
            && (self.min.lat..=self.max.lat).contains(&place.lat)
    }
}

/// One of the eight directions that people use.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say all there is")]
pub enum Compass {
    North,
    NorthEast,
    East,
    SouthEast,
    South,
    SouthWest,
    West,
    NorthWest,
}

impl Compass {
    /// The direction nearest to an offset in metres.
    pub fn of(east_m: f64, north_m: f64) -> Compass {
        const ROUND: [Compass; 8] = [
            Compass::North,
            Compass::NorthEast,
            Compass::East,
            Compass::SouthEast,
            Compass::South,
            Compass::SouthWest,
            Compass::West,
            Compass::NorthWest,
        ];
        let eighth = (east_m.atan2(north_m).to_degrees() / 45.0).round() as i64;
        ROUND[eighth.rem_euclid(8) as usize]
    }

    /// The Chinese name, as in 东北.
    pub fn zh(self) -> &'static str {
        match self {
            Compass::North => "北",
            Compass::NorthEast => "东北",
            Compass::East => "东",
            Compass::SouthEast => "东南",
            Compass::South => "南",
            Compass::SouthWest => "西南",
            Compass::West => "西",
            Compass::NorthWest => "西北",
        }
    }

    /// The English name, as in `north-east`.
    pub fn en(self) -> &'static str {
        match self {
            Compass::North => "north",
            Compass::NorthEast => "north-east",
            Compass::East => "east",
            Compass::SouthEast => "south-east",
            Compass::South => "south",
            Compass::SouthWest => "south-west",
            Compass::West => "west",
            Compass::NorthWest => "north-west",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_place_is_refused_by_name() {
        assert_eq!(Coord::from_degrees(f64::NAN, 1.0), Err(BadCoord::NotFinite));
        assert!(matches!(
            Coord::from_degrees(31.4, 119.9),
            Err(BadCoord::Swapped { .. })
        ));
        assert!(matches!(
            Coord::from_degrees(200.0, 10.0),
            Err(BadCoord::OutsideEarth { .. })
        ));
        assert!(matches!(
            Coord::from_units(i32::MIN, 0),
            Err(BadCoord::OutsideEarth { .. })
        ));
        let zhoutie = Coord::from_degrees(119.99542, 31.43889).unwrap();
        assert_eq!(
            (zhoutie.lon_units(), zhoutie.lat_units()),
            (1_199_954_200, 314_388_900)
        );
    }

    #[test]
    fn directions_go_round() {
        for (east, north, expected) in [
            (0.0, 1.0, Compass::North),
            (1.0, 1.1, Compass::NorthEast),
            (1.0, 0.1, Compass::East),
            (1.0, -1.0, Compass::SouthEast),
            (0.1, -1.0, Compass::South),
            (-1.0, -0.9, Compass::SouthWest),
            (-1.0, 0.0, Compass::West),
            (-1.0, 1.0, Compass::NorthWest),
        ] {
            assert_eq!(Compass::of(east, north), expected);
        }
    }

    #[test]
    fn a_place_survives_json() {
        let place = Coord::from_degrees(119.9954213, 31.4388907).unwrap();
        let text = serde_json::to_string(&place).unwrap();
        assert_eq!(text, "[119.9954213,31.4388907]");
        assert_eq!(serde_json::from_str::<Coord>(&text).unwrap(), place);
    }
}
