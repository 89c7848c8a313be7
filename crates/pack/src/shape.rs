//! The structural check: a tree against the JSON Schema that the Rust types generate.
//!
//! Every fault is told, not only the first; what is faulty is left out, and what remains still makes a description over
//! which the checks of meaning can run. What was left out is remembered in [`Shaped::lost`], so that nobody is
//! told that a name is unknown whose declaration is merely broken.

use serde_json::{Map, Value, json};

use crate::fault::{Finding, instead, say};
use crate::shaped::Shaped;
use crate::yaml::{Body, Mark, Node, escape};
use crate::{Keep, Metres, Span, Text};

/// Checks the tree. None for the value where nothing usable remains.
pub(crate) fn shape(root: &Node, schema: &Value, findings: &mut Vec<Finding>) -> Option<Shaped> {
    let mut shaper = Shaper {
        schema,
        findings,
        shaped: Shaped::default(),
    };
    let value = shaper.node(root, schema, &Path::default(), root.mark)?;
    shaper.shaped.value = value;
    Some(shaper.shaped)
}

/// Where a node is: in what remains, and in what was written (lists move up when an item is left out).
#[derive(Clone, Default)]
struct Path {
    kept: String,
    written: String,
}

impl Path {
    fn key(&self, key: &str) -> Path {
        let key = escape(key);
        Path {
            kept: format!("{}/{key}", self.kept),
            written: format!("{}/{key}", self.written),
        }
    }
    fn item(&self, kept: usize, written: usize) -> Path {
        Path {
            kept: format!("{}/{kept}", self.kept),
            written: format!("{}/{written}", self.written),
        }
    }
}

struct Shaper<'s, 'f> {
    schema: &'s Value,
    findings: &'f mut Vec<Finding>,
    shaped: Shaped,
}

impl<'s> Shaper<'s, '_> {
    fn report(&mut self, code: &'static str, mark: Mark, path: &Path, text: Text, mend: Text) {
        self.findings.push(Finding {
            code,
            place: mark.at(&path.written),
            text,
            mend,
        });
    }

    fn resolve(&self, schema: &'s Value) -> &'s Value {
        match schema
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|r| r.strip_prefix('#'))
        {
            Some(pointer) => self.schema.pointer(pointer).unwrap_or(schema),
            None => schema,
        }
    }

    /// What the node is by the schema; None, after saying why, where it is not. `mark` is the key's, or the node's own.
    fn node(&mut self, node: &Node, schema: &'s Value, path: &Path, mark: Mark) -> Option<Value> {
        let schema = self.resolve(schema);
        self.shaped
            .values
            .insert(path.kept.clone(), node.mark.at(&path.written));
        if let Some(words) = words(schema) {
            return self.word(node, &words, path);
        }
        if let Some(branches) = ["anyOf", "oneOf"]
            .iter()
            .find_map(|k| schema.get(*k)?.as_array())
        {
            return self.branch(node, branches, path, mark);
        }
        let types: Vec<&str> = match schema.get("type") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ => return Some(any(node)),
        };
        match (&node.body, types[0]) {
            (Body::Empty, _) if types.contains(&"null") => Some(Value::Null),
            (Body::Map(entries), "object") => self.object(entries, schema, path, mark),
            (Body::List(items), "array") => self.array(items, schema, path, mark),
            (Body::Scalar { text, .. }, "string") => self.string(text, schema, path, node.mark),
            (Body::Scalar { text, plain: true }, "boolean") => match text.as_str() {
                "true" | "True" | "TRUE" => Some(Value::Bool(true)),
                "false" | "False" | "FALSE" => Some(Value::Bool(false)),
                _ => self.wrong_type(node, &["boolean"], path),
            },
            (Body::Scalar { text, plain: true }, "integer") => {
                self.integer(text, schema, node, path)
            }
            (Body::Scalar { plain: true, .. }, "number") => match any(node) {
                Value::Number(number) => Some(Value::Number(number)),
                _ => self.wrong_type(node, &["number"], path),
            },
            _ => self.wrong_type(node, &types, path),
        }
    }

    fn word(&mut self, node: &Node, words: &[&str], path: &Path) -> Option<Value> {
        let Body::Scalar { text, .. } = &node.body else {
            return self.wrong_type(node, &["string"], path);
        };
        if words.contains(&text.as_str()) {
            return Some(Value::String(text.clone()));
        }
        let mend = instead(text, words.iter().copied());
        self.report(
            "unknown-word",
            node.mark,
            path,
            say(
                format!("这里不能写 `{text}`"),
                format!("`{text}` is no word for this place"),
            ),
            mend,
        );
        None
    }

    fn branch(
        &mut self,
        node: &Node,
        branches: &'s [Value],
        path: &Path,
        mark: Mark,
    ) -> Option<Value> {
        let branches: Vec<&'s Value> = branches.iter().map(|branch| self.resolve(branch)).collect();
        let type_of = |branch: &Value| {
            branch
                .get("type")
                .and_then(Value::as_str)
                .unwrap_or("")
                .to_owned()
        };
        let wanted = match &node.body {
            Body::Empty => "null",
            Body::Map(_) => "object",
            Body::List(_) => "array",
            Body::Scalar { .. } => "string",
        };
        let fits = |branch: &&&'s Value| {
            let of = type_of(branch);
            of == wanted
                || words(branch).is_some() && wanted == "string"
                || branch.get("anyOf").or(branch.get("oneOf")).is_some()
                || wanted == "string" && matches!(of.as_str(), "integer" | "number" | "boolean")
        };
        match branches.iter().find(fits) {
            Some(_) if wanted == "null" => Some(Value::Null),
            Some(branch) => self.node(node, branch, path, mark),
            None => {
                let types: Vec<String> = branches.iter().map(|branch| type_of(branch)).collect();
                let types: Vec<&str> = types
                    .iter()
                    .map(String::as_str)
                    .filter(|t| *t != "null")
                    .collect();
                self.wrong_type(node, &types, path)
            }
        }
    }

    fn object(
        &mut self,
        entries: &[(crate::yaml::Key, Node)],
        schema: &'s Value,
        path: &Path,
        mark: Mark,
    ) -> Option<Value> {
        let empty = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object);
        let others = schema
            .get("additionalProperties")
            .filter(|others| others.is_object());
        let mut object = Map::new();
        for (key, node) in entries {
            let here = path.key(&key.text);
            let Some(of) = properties.and_then(|known| known.get(&key.text)).or(others) else {
                let known: Vec<&str> = properties
                    .unwrap_or(&empty)
                    .keys()
                    .map(String::as_str)
                    .collect();
                // `{ zh: 甲, en: one, and more }` has three keys: the comma is YAML's.
                let mend = if key.text.contains(' ') && matches!(node.body, Body::Empty) {
                    say("含逗号的文字要加引号", "put a text with a comma in quotes")
                } else {
                    instead(&key.text, known)
                };
                let text = say(
                    format!("这里没有 `{}` 这一项", key.text),
                    format!("there is no `{}` here", key.text),
                );
                self.report("unknown-key", key.mark, &here, text, mend);
                continue;
            };
            self.shaped
                .keys
                .insert(here.kept.clone(), key.mark.at(&here.written));
            match self.node(node, of, &here, key.mark) {
                Some(value) => {
                    object.insert(key.text.clone(), value);
                }
                None => {
                    self.shaped.lost.insert(here.kept);
                }
            }
        }
        let required = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        for key in required.filter_map(Value::as_str) {
            if object.contains_key(key) {
                continue;
            }
            let here = path.key(key);
            let known = properties
                .and_then(|known| known.get(key))
                .unwrap_or(&Value::Null);
            if !self.shaped.lost.contains(&here.kept) {
                self.report(
                    "missing-key",
                    mark,
                    &here,
                    say(format!("缺少 `{key}`"), format!("`{key}` is missing")),
                    missing(key),
                );
                self.shaped.lost.insert(here.kept.clone());
            }
            object.insert(key.to_owned(), self.stand_in(known)?);
        }
        Some(Value::Object(object))
    }

    /// Something harmless of the schema's shape in place of what is missing, where there is such a thing.
    fn stand_in(&self, schema: &'s Value) -> Option<Value> {
        let schema = self.resolve(schema);
        if words(schema).is_some() || schema.get("format").is_some() {
            return None;
        }
        match schema.get("type").and_then(Value::as_str)? {
            "string" => Some(json!("")),
            "array" => Some(json!([])),
            "object" => {
                let mut object = Map::new();
                for key in schema
                    .get("required")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten()
                {
                    let key = key.as_str()?;
                    object.insert(
                        key.to_owned(),
                        self.stand_in(schema.get("properties")?.get(key)?)?,
                    );
                }
                Some(Value::Object(object))
            }
            _ => None,
        }
    }

    fn array(
        &mut self,
        items: &[Node],
        schema: &'s Value,
        path: &Path,
        mark: Mark,
    ) -> Option<Value> {
        let fixed = schema.get("prefixItems").and_then(Value::as_array);
        if let Some(fixed) = fixed
            && fixed.len() != items.len()
        {
            let n = fixed.len();
            self.report(
                "wrong-type",
                mark,
                path,
                say(
                    format!("这里应当正好有 {n} 个值，而写了 {} 个", items.len()),
                    format!("there are {} values where {n} belong", items.len()),
                ),
                say(
                    "例如：[\"08:30\", \"12:00\"]",
                    "for instance: [\"08:30\", \"12:00\"]",
                ),
            );
            return None;
        }
        let mut list = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let of = fixed
                .and_then(|fixed| fixed.get(index))
                .or_else(|| schema.get("items"));
            let here = path.item(list.len(), index);
            match self.node(item, of.unwrap_or(&Value::Bool(true)), &here, item.mark) {
                Some(value) => list.push(value),
                None => {
                    // Its pointer is taken by the next item: only the list knows that something is gone.
                    self.shaped.lost.insert(format!("{}/-", path.kept));
                    fixed.is_none().then_some(())?;
                }
            }
        }
        Some(Value::Array(list))
    }

    fn string(&mut self, text: &str, schema: &Value, path: &Path, mark: Mark) -> Option<Value> {
        let format = schema.get("format").and_then(Value::as_str).unwrap_or("");
        let mend = match format {
            "span" if text.parse::<Span>().is_err() => say(
                "写成数字加单位：`5 workdays`（工作日）、`4 workhours`、`90d`、`36 hours`、`30 minutes`",
                "write a number and a unit: `5 workdays`, `4 workhours`, `90d`, `36 hours`, `30 minutes`",
            ),
            "keep" if Keep::try_from(text.to_owned()).is_err() => say(
                "写成 `90d after closed`（办结后）或 `30d after opened`（开立后），按日历天或小时",
                "write `90d after closed` or `30d after opened`, in calendar days or hours",
            ),
            "distance" if Metres::try_from(text.to_owned()).is_err() => say(
                "写成 `50 m`，最多 100000 m",
                "write `50 m`, at most 100000 m",
            ),
            "date" if text.parse::<jiff::civil::Date>().is_err() => say(
                "写成 `2026-10-01` 这样的日期",
                "write a date as `2026-10-01`",
            ),
            "time" if text.parse::<jiff::civil::Time>().is_err() => {
                say("写成 `08:30` 这样的时刻", "write a time of day as `08:30`")
            }
            _ => return Some(Value::String(text.to_owned())),
        };
        self.report(
            "wrong-form",
            mark,
            path,
            say(
                format!("读不懂 `{text}`"),
                format!("`{text}` cannot be read here"),
            ),
            mend,
        );
        None
    }

    fn integer(&mut self, text: &str, schema: &Value, node: &Node, path: &Path) -> Option<Value> {
        let whole = match any(node) {
            Value::Number(number) => number
                .as_f64()
                .filter(|n| n.fract() == 0.0 && n.abs() < 9e15),
            _ => None,
        };
        let Some(whole) = whole else {
            return self.wrong_type(node, &["integer"], path);
        };
        let unsigned = schema.get("format").and_then(Value::as_str) == Some("uint32");
        if unsigned && !(0.0..=f64::from(u32::MAX)).contains(&whole) {
            self.report(
                "wrong-type",
                node.mark,
                path,
                say(
                    format!("{text} 超出范围"),
                    format!("{text} is out of range"),
                ),
                say(
                    "写 0 到 4294967295 之间的整数",
                    "write a whole number from 0 to 4294967295",
                ),
            );
            return None;
        }
        Some(json!(whole as i64))
    }

    fn wrong_type(&mut self, node: &Node, types: &[&str], path: &Path) -> Option<Value> {
        let name = |kind: &str| match kind {
            "object" => ("键和值（映射）", "a map of keys to values"),
            "array" => ("列表", "a list"),
            "integer" => ("整数", "a whole number"),
            "number" => ("数字", "a number"),
            "boolean" => ("`true` 或 `false`", "`true` or `false`"),
            _ => ("文字", "a text"),
        };
        let types: Vec<&str> = types
            .iter()
            .copied()
            .filter(|kind| *kind != "null")
            .collect();
        let wanted: Vec<(&str, &str)> = types.iter().map(|kind| name(kind)).collect();
        let zh = wanted
            .iter()
            .map(|(zh, _)| *zh)
            .collect::<Vec<_>>()
            .join("或");
        let en = wanted
            .iter()
            .map(|(_, en)| *en)
            .collect::<Vec<_>>()
            .join(" or ");
        let (found_zh, found_en) = match &node.body {
            Body::Empty => ("什么都没有".to_owned(), "nothing".to_owned()),
            Body::Scalar { text, .. } => {
                let shown: String = text.chars().take(40).collect();
                (format!("`{shown}`"), format!("`{shown}`"))
            }
            Body::List(_) => ("列表".to_owned(), "a list".to_owned()),
            Body::Map(_) => ("键和值".to_owned(), "a map".to_owned()),
        };
        let mend = match (&node.body, types.as_slice()) {
            (Body::Scalar { text, .. }, types) if types.contains(&"array") => say(
                format!("加方括号：[{text}]"),
                format!("put it in brackets: [{text}]"),
            ),
            (Body::Scalar { .. }, ["boolean"]) => say("写 true 或 false", "write true or false"),
            (Body::Scalar { plain: false, .. }, ["integer" | "number"]) => {
                say("去掉引号", "remove the quotes")
            }
            _ => say(format!("这里应写{zh}"), format!("write {en}")),
        };
        self.report(
            "wrong-type",
            node.mark,
            path,
            say(
                format!("这里应为{zh}，而写的是{found_zh}"),
                format!("{found_en} stands where {en} belongs"),
            ),
            mend,
        );
        None
    }
}

/// The words that the schema allows, where it is a list of words.
fn words(schema: &Value) -> Option<Vec<&str>> {
    if let Some(words) = schema.get("enum").and_then(Value::as_array) {
        return Some(words.iter().filter_map(Value::as_str).collect());
    }
    let branches = schema.get("oneOf").or(schema.get("anyOf"))?.as_array()?;
    let mut all = Vec::new();
    for branch in branches {
        match (branch.get("const"), branch.get("enum")) {
            (Some(word), _) => all.push(word.as_str()?),
            (None, Some(words)) => all.extend(words.as_array()?.iter().filter_map(Value::as_str)),
            _ => return None,
        }
    }
    Some(all)
}

/// The node as JSON, by YAML's core schema: for `default`, which may be anything.
fn any(node: &Node) -> Value {
    match &node.body {
        Body::Empty => Value::Null,
        Body::List(items) => items.iter().map(any).collect(),
        Body::Map(entries) => Value::Object(
            entries
                .iter()
                .map(|(key, node)| (key.text.clone(), any(node)))
                .collect(),
        ),
        Body::Scalar { text, plain: false } => Value::String(text.clone()),
        Body::Scalar { text, plain: true } => match text.as_str() {
            "true" | "True" | "TRUE" => Value::Bool(true),
            "false" | "False" | "FALSE" => Value::Bool(false),
            text => {
                let digits = text.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c));
                match (digits, text.parse::<i64>(), text.parse::<f64>()) {
                    (true, Ok(whole), _) => Value::from(whole),
                    (true, _, Ok(number)) if number.is_finite() => Value::from(number),
                    _ => Value::String(text.to_owned()),
                }
            }
        },
    }
}

fn missing(key: &str) -> Text {
    match key {
        "zh" => say("补上简体中文：zh", "add the Chinese text: zh"),
        "en" => say("补上英文：en", "add the English text: en"),
        _ => say(format!("补上 `{key}:`"), format!("add `{key}:`")),
    }
}
