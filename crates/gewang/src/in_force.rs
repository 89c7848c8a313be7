//! What a town has in force: the texts that its own record names.

use anyhow::{Context as _, bail};
use gewang_pack::Source;
use gewang_store::{Filter, Order, Reader};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use crate::carried;
use crate::client::Client;

/// The set-up of a town, as texts.
#[derive(Debug)]
pub(crate) struct InForce {
    /// The town's own record.
    pub record: Uuid,
    /// Its version.
    pub version: u64,
    /// `town.yaml`.
    pub settings: Source,
    /// Every version of every pack that was ever adopted: the hash of its file and its texts.
    pub packs: Vec<(String, Vec<Source>)>,
    /// The cells as GeoJSON.
    pub cells: String,
}

#[derive(Deserialize)]
struct Bundle {
    files: Vec<Bundled>,
}

#[derive(Deserialize)]
struct Bundled {
    name: String,
    text: String,
}

impl InForce {
    /// As a data directory holds it.
    pub fn of_reader(reader: &Reader) -> anyhow::Result<InForce> {
        let filter = Filter {
            kinds: vec!["town.domain".into()],
            ..Filter::default()
        };
        let page = reader.records(&filter, Order::Newest, None, 1, &|_| true)?;
        let record = page
            .records
            .first()
            .context("the town's own record is missing")?;
        let fields = Value::Object(record.fields.clone().into_iter().collect());
        InForce::read(record.id, record.version, &fields, &|hash| {
            reader
                .file_bytes(hash)?
                .context("a file of the set-up is missing")
        })
    }

    /// As a server hands it out to whoever may see it.
    pub fn of_server(client: &Client) -> anyhow::Result<InForce> {
        let page = client.get("/records?kind=town.domain&limit=1")?;
        let id = page["records"][0]["id"].as_str().context(
            "the server shows no record of the town itself: is the token that of an administrator?",
        )?;
        let answer = client.get(&format!("/records/{id}"))?;
        let record = answer.get("record").unwrap_or(&answer);
        let version = record["version"]
            .as_u64()
            .context("the record has no version")?;
        InForce::read(id.parse()?, version, &record["fields"], &|hash| {
            client.file(hash)
        })
    }

    fn read(
        record: Uuid,
        version: u64,
        fields: &Value,
        file: &dyn Fn(&str) -> anyhow::Result<Vec<u8>>,
    ) -> anyhow::Result<InForce> {
        let text = |hash: &Value| -> anyhow::Result<String> {
            let hash = hash
                .as_str()
                .context("the town's own record names no file")?;
            Ok(String::from_utf8(file(hash)?)?)
        };
        let mut packs = Vec::new();
        for hash in fields["packs"].as_array().into_iter().flatten() {
            let bundle: Bundle =
                serde_json::from_str(&text(hash)?).context("the file of a pack cannot be read")?;
            let sources = bundle
                .files
                .into_iter()
                .map(|file| Source {
                    file: file.name,
                    text: file.text,
                })
                .collect();
            packs.push((hash.as_str().unwrap_or_default().to_owned(), sources));
        }
        if packs.is_empty() {
            bail!("the town's own record names no pack");
        }
        Ok(InForce {
            record,
            version,
            settings: Source {
                file: "town.yaml".into(),
                text: text(&fields["settings"])?,
            },
            packs,
            cells: text(&fields["grid"])?,
        })
    }

    /// The newest version of a pack, by the number in its texts.
    pub fn newest(&self, id: &str) -> Option<(u64, &[Source])> {
        self.packs
            .iter()
            .filter(|(_, sources)| carried::id_of(sources).as_deref() == Some(id))
            .map(|(_, sources)| (carried::version_of(sources), sources.as_slice()))
            .max_by_key(|(version, _)| *version)
    }
}
