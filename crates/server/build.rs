//! Puts the surfaces into the server: every file of `web/dist` as it is, and compressed. Where the web was not built, there
//! is none, and the server says so in its place.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use flate2::{Compression, write::GzEncoder};

const SURFACES: [&str; 5] = ["home", "public", "field", "desk", "wall"];

fn main() -> io::Result<()> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    let dist = here.join("../../web/dist");
    // Cargo watches a folder for what changes below it, and builds each time where there is none.
    if !dist.exists() && dist.parent().is_some_and(Path::exists) {
        let _ = fs::create_dir(&dist);
    }
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", dist.display());
    let mut code = String::from("&[\n");
    for surface in SURFACES {
        let mut files = Vec::new();
        gather(&dist.join(surface), surface, &mut files)?;
        files.sort();
        for (path, file) in files {
            asset(&path, &file, &out, &mut code)?;
        }
    }
    code.push_str("]\n");
    fs::write(out.join("assets.rs"), code)
}

/// The files below a folder with their paths, `/` between the parts.
fn gather(dir: &Path, path: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    let Ok(items) = fs::read_dir(dir) else {
        return Ok(());
    };
    for item in items {
        let item = item?;
        let Ok(name) = item.file_name().into_string() else {
            continue;
        };
        let path = format!("{path}/{name}");
        let is_folder = item.file_type().is_ok_and(|kind| kind.is_dir());
        if is_folder {
            gather(&item.path(), &path, files)?;
        } else if !name.ends_with(".gz") && !name.ends_with(".br") && !name.ends_with(".map") {
            files.push((path, item.path()));
        }
    }
    Ok(())
}

fn asset(path: &str, file: &Path, out: &Path, code: &mut String) -> io::Result<()> {
    let bytes = match fs::read(file) {
        Ok(bytes) => bytes,
        // The web is being built at this moment: Cargo will see that the folder changed.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let hash = blake3::hash(&bytes).to_hex();
    let hash = &hash[..20];
    // Copies, so that what the server embeds cannot change under the compiler's hands.
    let keep = |end: &str, bytes: &[u8]| -> io::Result<String> {
        let copy = out.join(format!("{hash}{end}"));
        fs::write(&copy, bytes)?;
        Ok(format!("include_bytes!({:?})", copy.display().to_string()))
    };
    let plain = keep("", &bytes)?;
    let zipped = gzip(&bytes)?;
    // Pictures and fonts are compressed already.
    let gzip = if zipped.len() * 20 < bytes.len() * 19 {
        format!("Some({})", keep(".gz", &zipped)?)
    } else {
        "None".into()
    };
    // The web's own build may have done better.
    let brotli = match fs::read(format!("{}.br", file.display())) {
        Ok(bytes) => format!("Some({})", keep(".br", &bytes)?),
        Err(_) => "None".into(),
    };
    writeln!(
        code,
        "    Asset {{ path: {path:?}, etag: \"\\\"{hash}\\\"\", plain: {plain}, gzip: {gzip}, brotli: {brotli} }},"
    )
    .map_err(io::Error::other)
}

fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}
