use super::*;
use proptest::prelude::*;

/// WGS 84, GCJ-02 and BD-09 of eight places (GeoNames, CC BY 4.0) as gcoord 1.0.7 (MIT) computes them; coordtransform
/// 2.1.2 and prcoords 1.0.2 agree to the last digits, eviltransform 0.1.1 with its other radius to a centimetre.
type Vector = (&'static str, (f64, f64), (f64, f64), (f64, f64));
const VECTORS: [Vector; 8] = [
    (
        "Zhoutie",
        (119.99542, 31.43889),
        (120.00019109475458, 31.436908011351615),
        (120.0065936696551, 31.443267176772945),
    ),
    (
        "Dingshu",
        (119.84881, 31.2573),
        (119.85355527056068, 31.25513625105443),
        (119.86004279179699, 31.261204070024196),
    ),
    (
        "Wuxi",
        (120.28857, 31.56887),
        (120.29315796877114, 31.56695227172802),
        (120.29975354432553, 31.572616110799952),
    ),
    (
        "Changzhou",
        (119.95401, 31.77359),
        (119.9587162866245, 31.771504842655013),
        (119.96525010675528, 31.777299273642228),
    ),
    (
        "Beijing",
        (116.39723, 39.9075),
        (116.40347336470487, 39.9089033864039),
        (116.40984710837179, 39.9152439220092),
    ),
    (
        "Shanghai",
        (121.45806, 31.22222),
        (121.46262966848401, 31.22031350362115),
        (121.46911134616735, 31.226455012091606),
    ),
    (
        "Chengdu",
        (104.06667, 30.66667),
        (104.06917952589131, 30.664253686026036),
        (104.07567133751638, 30.67026584569594),
    ),
    (
        "Tokyo",
        (139.69171, 35.6895),
        (139.69171, 35.6895),
        (139.69813255851082, 35.695845326646754),
    ),
];

/// The exact inverses of the first and the fifth place taken for GCJ-02, as prcoords' `gcj_wgs_bored` finds them.
const INVERSES: [((f64, f64), (f64, f64)); 2] = [
    (
        (119.99542, 31.43889),
        (119.99066115037274, 31.44088588969104),
    ),
    (
        (116.39723, 39.9075),
        (116.39098916373658, 39.90609893720635),
    ),
];

fn near((x, y): (f64, f64), (to_x, to_y): (f64, f64), within: f64) -> bool {
    (x - to_x).abs() <= within && (y - to_y).abs() <= within
}

#[test]
fn the_shifted_systems_agree_with_four_libraries() {
    for (name, wgs84, gcj02, bd09) in VECTORS {
        let (lon, lat) = wgs84;
        assert!(
            near(Crs::Gcj02.from_wgs84(lon, lat), gcj02, 1e-12),
            "{name}"
        );
        assert!(near(Crs::Bd09.from_wgs84(lon, lat), bd09, 1e-12), "{name}");
        assert!(
            near(Crs::Gcj02.to_wgs84(gcj02.0, gcj02.1), wgs84, 1e-10),
            "{name}"
        );
        assert!(
            near(Crs::Bd09.to_wgs84(bd09.0, bd09.1), wgs84, 1e-10),
            "{name}"
        );
    }
    for (gcj02, wgs84) in INVERSES {
        // The library stops within a tenth of a metre of the truth in Beijing; ours is where the forward formula says.
        let back = Crs::Gcj02.to_wgs84(gcj02.0, gcj02.1);
        assert!(near(back, wgs84, 1e-6));
        assert!(near(Crs::Gcj02.from_wgs84(back.0, back.1), gcj02, 1e-10));
    }
}

proptest! {
    #[test]
    fn the_inverse_of_a_shift_is_exact_to_a_unit(lon in 73.0..135.0f64, lat in 3.0..54.0f64) {
        for crs in [Crs::Gcj02, Crs::Bd09] {
            let (x, y) = crs.from_wgs84(lon, lat);
            let coord = Conversion::new(crs).coord(x, y).unwrap();
            prop_assert_eq!(coord, Coord::from_degrees(lon, lat).unwrap());
        }
    }

    #[test]
    fn a_projection_goes_there_and_back(away in -4.0..4.0f64, lat in -80.0..84.0f64, code in 4491u32..=4554) {
        let crs = Crs::from_epsg(code).unwrap();
        let Crs::Transverse(projection) = crs else { panic!("{crs}") };
        let lon = projection.central_meridian_deg + away;
        let (x, y) = crs.from_wgs84(lon, lat);
        let (back_lon, back_lat) = crs.to_wgs84(x, y);
        prop_assert!((lon - back_lon).abs() < 1e-10 && (lat - back_lat).abs() < 1e-10);
    }

    #[test]
    fn no_number_makes_a_conversion_panic(x in any::<f64>(), y in any::<f64>(), which in 0usize..6) {
        let crs = [
            Crs::Gcj02,
            Crs::Bd09,
            Crs::WebMercator,
            Crs::from_epsg(4549).unwrap(),
            Crs::from_epsg(32_719).unwrap(),
            Crs::Wgs84,
        ][which];
        if let Err(bad) = Conversion::new(crs).coord(x, y) {
            prop_assert!(!bad.text().en.is_empty() && !bad.text().zh.is_empty());
        }
    }

    #[test]
    fn no_text_makes_the_readers_of_names_panic(text in ".{0,200}", tail in "\\PC{0,60}") {
        let _ = from_wkt(&text);
        let _ = from_wkt(&format!("PROJCS[\"{tail}\",{text}"));
        let _ = from_name(&text);
    }
}

#[test]
fn projected_places_agree_with_proj() {
    // As PROJ 9.5.1 gives them, to the tenth of a millimetre.
    for (code, lon, lat, x, y) in [
        (4549, 119.99542, 31.43889, 499564.60661, 3479635.49149),
        (4549, 120.0, 0.0, 500000.0, 0.0),
        (4549, 121.5, 53.3, 600003.15346, 5909056.76116),
        (4549, 118.6, 18.2, 351889.12269, 2013683.49636),
        (
            4549,
            117.123456789,
            39.987654321,
            254298.47580,
            4432123.58751,
        ),
        (4528, 119.99542, 31.43889, 40499564.60661, 3479635.49149),
        (4509, 119.99542, 31.43889, 784816.36437, 3483520.95503),
        (4509, 114.2, 30.5, 231150.74441, 3378877.53445),
        (4498, 119.99542, 31.43889, 20784816.36437, 3483520.95503),
        (3857, 119.99542, 31.43889, 13357829.05192, 3689879.50008),
        (32651, 119.99542, 31.43889, 214426.57573, 3482151.35567),
        (32651, 126.0, 45.0, 736446.02610, 4987329.50470),
        (32633, 15.5, 78.0, 511604.77271, 8658419.11504),
        (32719, -71.4, -41.8, 300609.92686, 5369644.84216),
    ] {
        let crs = Crs::from_epsg(code).unwrap();
        assert!(near(crs.from_wgs84(lon, lat), (x, y), 1e-4), "EPSG:{code}");
        assert!(near(crs.to_wgs84(x, y), (lon, lat), 1e-9), "EPSG:{code}");
    }
}

#[test]
fn the_series_agrees_with_the_registry_s_own_example() {
    // IOGP Guidance Note 7-2, Transverse Mercator: OSGB 1936 / British National Grid, printed to the centimetre.
    let grid = TransverseMercator {
        ellipsoid: Ellipsoid {
            semi_major_m: 6_377_563.396,
            inverse_flattening: 299.324_964_6,
        },
        central_meridian_deg: -2.0,
        scale: 0.999_601_271_7,
        false_easting_m: 400_000.0,
        false_northing_m: 0.0,
        epsg: None,
    };
    let crs = Crs::Transverse(grid);
    // Its origin lies at 49° north, 100 km above the false northing.
    let (_, origin) = crs.from_wgs84(-2.0, 49.0);
    let (x, y) = crs.from_wgs84(0.5, 50.5);
    assert!(near(
        (x, y - origin - 100_000.0),
        (577_274.99, 69_740.50),
        0.01
    ));
}

#[test]
fn names_are_known_or_refused_with_the_reason() {
    for (name, crs) in [
        ("WGS-84", Crs::Wgs84),
        ("cgcs2000", Crs::Cgcs2000),
        ("GCJ-02", Crs::Gcj02),
        ("bd09", Crs::Bd09),
        ("epsg:3857", Crs::WebMercator),
        ("EPSG:4490", Crs::Cgcs2000),
    ] {
        assert_eq!(Crs::parse(name), Ok(crs));
    }
    let meridian = |code| match Crs::from_epsg(code) {
        Ok(Crs::Transverse(p)) => (p.central_meridian_deg, p.false_easting_m),
        other => panic!("{other:?}"),
    };
    assert_eq!(meridian(4491), (75.0, 13_500_000.0));
    assert_eq!(meridian(4501), (135.0, 23_500_000.0));
    assert_eq!(meridian(4502), (75.0, 500_000.0));
    assert_eq!(meridian(4512), (135.0, 500_000.0));
    assert_eq!(meridian(4513), (75.0, 25_500_000.0));
    assert_eq!(meridian(4533), (135.0, 45_500_000.0));
    assert_eq!(meridian(4534), (75.0, 500_000.0));
    assert_eq!(meridian(4554), (135.0, 500_000.0));
    for old in [2327, 2390, 2401, 2442, 4214, 4610, 21_413, 21_483] {
        let Err(bad @ BadCrs::OldDatum(_)) = Crs::from_epsg(old) else {
            panic!("EPSG:{old}");
        };
        assert!(bad.text().en.contains("survey office"), "{bad}");
    }
    assert!(matches!(Crs::parse("EPSG:27700"), Err(BadCrs::Unknown(_))));
    assert!(matches!(Crs::parse(""), Err(BadCrs::Unknown(_))));
}

#[test]
fn well_known_text_of_three_dialects_is_read() {
    let esri = r#"PROJCS["CGCS2000_3_Degree_GK_CM_120E",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",120.0],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]"#;
    let same = Crs::Transverse(TransverseMercator::gauss_kruger(120.0, None, None));
    assert_eq!(from_wkt(esri), Ok(same));
    let second = r#"PROJCRS["CGCS2000 / 3-degree Gauss-Kruger CM 120E",BASEGEOGCRS["China Geodetic Coordinate System 2000",DATUM["China 2000",ELLIPSOID["CGCS2000",6378137,298.257222101,LENGTHUNIT["metre",1]]],PRIMEM["Greenwich",0,ANGLEUNIT["degree",0.0174532925199433]]],CONVERSION["3-degree Gauss-Kruger CM 120E",METHOD["Transverse Mercator",ID["EPSG",9807]],PARAMETER["Latitude of natural origin",0],PARAMETER["Longitude of natural origin",120],PARAMETER["Scale factor at natural origin",1],PARAMETER["False easting",500000,LENGTHUNIT["metre",1]],PARAMETER["False northing",0]],CS[Cartesian,2],AXIS["northing (X)",north,ORDER[1],LENGTHUNIT["metre",1]]]"#;
    assert_eq!(from_wkt(second), Ok(same));
    let gdal = r#"PROJCS["CGCS2000 / 3-degree Gauss-Kruger zone 40",GEOGCS["China Geodetic Coordinate System 2000",DATUM["China_2000",AUTHORITY["EPSG","1043"]],AUTHORITY["EPSG","4490"]],PROJECTION["Transverse_Mercator"],AUTHORITY["EPSG","4528"]]"#;
    assert_eq!(from_wkt(gdal), Crs::from_epsg(4528));
    let degrees = r#"GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]"#;
    assert_eq!(from_wkt(degrees), Ok(Crs::Wgs84));
    let mercator = r#"PROJCS["WGS_1984_Web_Mercator_Auxiliary_Sphere",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984"]],PROJECTION["Mercator_Auxiliary_Sphere"],UNIT["Meter",1.0]]"#;
    assert_eq!(from_wkt(mercator), Ok(Crs::WebMercator));
    let old = r#"PROJCS["Xian_1980_3_Degree_GK_CM_120E",GEOGCS["GCS_Xian_1980",DATUM["D_Xian_1980",SPHEROID["Xian_1980",6378140.0,298.257]]],PROJECTION["Gauss_Kruger"]]"#;
    assert!(matches!(from_wkt(old), Err(BadCrs::OldDatum(_))));
    assert!(matches!(
        from_wkt(&"A[".repeat(1_000_000)),
        Err(BadCrs::Unknown(_))
    ));
    assert_eq!(from_name("urn:ogc:def:crs:OGC:1.3:CRS84"), Ok(Crs::Wgs84));
    assert_eq!(
        from_name("urn:ogc:def:crs:EPSG::4549"),
        Crs::from_epsg(4549)
    );
    assert_eq!(
        from_name("http://www.opengis.net/def/crs/EPSG/0/4490"),
        Ok(Crs::Cgcs2000)
    );
}

#[test]
fn ranges_tell_what_they_can() {
    let of = |x: (f64, f64), y: (f64, f64)| guess(Ranges { x, y });
    let degrees = of((119.9, 120.1), (31.3, 31.5));
    assert!(matches!(&degrees, Guess::Taken(Crs::Wgs84, text) if text.en.contains("gcj02")));
    assert!(matches!(
        of((31.3, 31.5), (119.9, 120.1)),
        Guess::Swapped(_)
    ));
    // Providence, swapped: both numbers are latitudes, but of Antarctica.
    assert!(matches!(
        of((41.7, 41.9), (-71.5, -71.3)),
        Guess::Swapped(_)
    ));
    let taken = |guess| match guess {
        Guess::Taken(crs, _) => crs.epsg(),
        other => panic!("{other:?}"),
    };
    assert_eq!(
        taken(of((40_499_000.0, 40_510_000.0), (3.4e6, 3.5e6))),
        Some(4528)
    );
    assert_eq!(
        taken(of((20_780_000.0, 20_790_000.0), (3.4e6, 3.5e6))),
        Some(4498)
    );
    let unsure = |guess| match guess {
        Guess::Unsure(candidates, _) => candidates,
        other => panic!("{other:?}"),
    };
    let without = unsure(of((499_000.0, 510_000.0), (3.4e6, 3.5e6)));
    assert!(without.iter().any(|crs| crs.epsg() == Some(4549)));
    // Zone 13, or the web's metres at 120° east.
    let either = unsure(of((13_350_000.0, 13_360_000.0), (3.6e6, 3.7e6)));
    assert_eq!(either.len(), 2);
    assert!(matches!(
        of((3.4e6, 3.5e6), (40_499_000.0, 40_510_000.0)),
        Guess::Swapped(_)
    ));
    assert!(matches!(
        of((3.4e6, 3.5e6), (499_000.0, 510_000.0)),
        Guess::Swapped(_)
    ));
    assert!(matches!(of((1e9, 1e9), (0.0, 1.0)), Guess::None(_)));
}

#[test]
fn a_place_outside_of_a_projection_says_what_was_meant() {
    let metres = |code: u32, x: f64, y: f64| {
        let crs = Crs::from_epsg(code).unwrap();
        Conversion::new(crs).coord(x, y).unwrap_err().text().en
    };
    assert!(metres(4549, 40_500_000.0, 3.4e6).contains("EPSG:4528"));
    assert!(metres(4528, 500_000.0, 3.4e6).contains("EPSG:4549"));
    assert!(metres(4549, 120.0, 31.4).contains("wgs84"));
}
