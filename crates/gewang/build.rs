//! Puts the packs that the binary carries into it: every YAML, CSV and GeoJSON file of the folders named below, as they
//! stand in the repository, so that a town can be founded by the binary alone.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const FOLDERS: [&str; 3] = ["town", "governance", "zhoutie"];

fn main() -> io::Result<()> {
    let packs =
        Path::new(&env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?).join("../../packs");
    let mut code = String::from("&[\n");
    for folder in FOLDERS {
        let dir = packs.join(folder);
        println!("cargo::rerun-if-changed={}", dir.display());
        let mut files: Vec<PathBuf> = match fs::read_dir(&dir) {
            Ok(items) => items.filter_map(|item| Some(item.ok()?.path())).collect(),
            Err(_) => Vec::new(),
        };
        files.sort();
        for file in files {
            let wanted = file
                .extension()
                .is_some_and(|end| end == "yaml" || end == "geojson" || end == "csv");
            if let (true, Some(name)) = (wanted, file.file_name().and_then(|name| name.to_str())) {
                let absolute = fs::canonicalize(&file)?;
                writeln!(
                    code,
                    "    ({folder:?}, {name:?}, include_str!({:?})),",
                    absolute.display().to_string()
                )
                .map_err(io::Error::other)?;
            }
        }
    }
    code.push_str("]\n");
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    fs::write(out.join("carried.rs"), code)
}
