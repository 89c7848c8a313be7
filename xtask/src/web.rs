//! The rooms of the web: which folder of `web/` may import which, and how long a component may be.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::Finding;

/// A folder of `web/`, the folders that it may import, and the libraries that it may not.
struct Room {
    name: &'static str,
    knows: &'static [&'static str],
    forbidden: &'static [&'static str],
}

/// What only the browser's surfaces may know.
const VUE: &[&str] = &["vue", "vue-router"];
const SURFACE: &[&str] = &["ui", "core", "api", "texts"];

const ROOMS: &[Room] = &[
    room("core", &["api", "texts"], VUE),
    room("ui", &["core", "api", "texts"], &["element-plus", "vant"]),
    room("field", SURFACE, &["element-plus"]),
    room("public", SURFACE, &["element-plus"]),
    room("desk", SURFACE, &["vant"]),
    room("wall", SURFACE, &["element-plus", "vant"]),
    room("home", SURFACE, &["element-plus", "vant"]),
];

const fn room(
    name: &'static str,
    knows: &'static [&'static str],
    forbidden: &'static [&'static str],
) -> Room {
    Room {
        name,
        knows,
        forbidden,
    }
}

/// A component longer than this wants splitting.
const COMPONENT_LINES: usize = 300;

/// Every import that the rooms of the web forbid, and every component that is too long.
pub fn check(root: &Path) -> Result<Vec<Finding>> {
    let web = root.join("web");
    let mut findings = Vec::new();
    for room in ROOMS {
        let folder = web.join(room.name);
        for path in sources(&folder)? {
            let text = fs::read_to_string(&path)?;
            let place = path.strip_prefix(root).unwrap_or(&path).display();
            if path.extension().is_some_and(|ending| ending == "vue")
                && text.lines().count() > COMPONENT_LINES
            {
                findings.push(Finding::new(
                    place.to_string(),
                    format!("a component of more than {COMPONENT_LINES} lines: split it"),
                ));
            }
            for (line, import) in imports(&text) {
                if let Some(what) = forbidden(room, &folder, &path, import) {
                    findings.push(Finding::new(format!("{place}:{line}"), what));
                }
            }
        }
    }
    Ok(findings)
}

/// The modules that a source names, with their lines.
fn imports(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().filter_map(|(index, line)| {
        let after = ["from '", "import '", "import('", "from \"", "import(\""]
            .iter()
            .find_map(|mark| line.split_once(mark))?
            .1;
        let end = after.find(['\'', '"'])?;
        Some((index + 1, &after[..end]))
    })
}

fn forbidden(room: &Room, folder: &Path, path: &Path, import: &str) -> Option<String> {
    if let Some(rest) = import.strip_prefix('@')
        && let Some((other, _)) = rest.split_once('/')
        && ["api", "core", "ui", "texts"].contains(&other)
    {
        let allowed = other == room.name || room.knows.contains(&other);
        return (!allowed).then(|| format!("web/{} may not import @{other}", room.name));
    }
    if import.starts_with('.') {
        let target = normal(&path.parent()?.join(import));
        return (!target.starts_with(folder)).then(|| {
            format!(
                "web/{} reaches out of its folder: {import}; use an alias",
                room.name
            )
        });
    }
    let library = room
        .forbidden
        .iter()
        .find(|library| import == **library || import.starts_with(&format!("{library}/")))?;
    Some(format!("web/{} may not know {library}", room.name))
}

/// A path without its `..`, whether there is such a file or not.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            std::path::Component::ParentDir => {
                normal.pop();
            }
            std::path::Component::CurDir => {}
            part => normal.push(part),
        }
    }
    normal
}

fn sources(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for item in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
            let path = item?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path
                .extension()
                .is_some_and(|ending| ending == "ts" || ending == "vue")
                && path
                    .file_name()
                    .is_some_and(|name| name != "vite.config.ts")
            {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_import_against_the_direction_is_found() {
        let core = &ROOMS[0];
        let folder = Path::new("web/core");
        let says = |import: &str| forbidden(core, folder, Path::new("web/core/api.ts"), import);
        for fine in ["./text.ts", "@api/schema", "@core/text", "openapi-fetch"] {
            assert_eq!(says(fine), None, "{fine}");
        }
        for bad in ["vue", "vue-router/auto", "@ui/town", "../desk/queue.ts"] {
            assert!(says(bad).is_some(), "{bad}");
        }
        let text = "import { a } from './b'\nconst c = await import('maplibre-gl')\nimport \"x\"";
        let named: Vec<_> = imports(text).collect();
        assert_eq!(named, [(1, "./b"), (2, "maplibre-gl")]);
    }
}
