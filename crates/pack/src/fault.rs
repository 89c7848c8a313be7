use serde::Serialize;

use crate::Text;

/// One text to load: the name under which faults in it are told, and what stands in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The file as the reader knows it, for instance `packs/governance/pack.yaml`.
    pub file: String,
    /// What stands in it.
    pub text: String,
}

/// Something wrong in a description: where, what, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// A stable code in kebab-case, for programs.
    pub code: &'static str,
    /// The file as the [`Source`] named it.
    pub file: String,
    /// The line, counted from 1.
    pub line: u32,
    /// The column in characters, counted from 1.
    pub column: u32,
    /// The JSON Pointer of the faulty place in the (merged) description.
    pub pointer: String,
    /// What is wrong.
    pub text: Text,
    /// What to do about it.
    pub mend: Text,
}

/// The place of a node: its file (an index into the sources), line, column and pointer as written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    pub file: usize,
    pub line: u32,
    pub column: u32,
    pub pointer: String,
}

/// A finding before the names of the files are filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub code: &'static str,
    pub place: Place,
    pub text: Text,
    pub mend: Text,
}

/// Gives the findings their files and puts them in the order of the places; the same thing said twice is said once.
pub(crate) fn in_order(mut findings: Vec<Finding>, sources: &[Source]) -> Vec<Fault> {
    findings.sort_by(|a, b| {
        let key = |f: &Finding| (f.place.file, f.place.line, f.place.column, f.code);
        key(a).cmp(&key(b))
    });
    findings.dedup();
    findings
        .into_iter()
        .map(|finding| Fault {
            code: finding.code,
            file: sources
                .get(finding.place.file)
                .map(|source| source.file.clone())
                .unwrap_or_default(),
            line: finding.place.line,
            column: finding.place.column,
            pointer: finding.place.pointer,
            text: finding.text,
            mend: finding.mend,
        })
        .collect()
}

/// A text in both languages.
pub(crate) fn say(zh: impl Into<String>, en: impl Into<String>) -> Text {
    Text {
        zh: zh.into(),
        en: en.into(),
    }
}

/// The known word nearest to `word`, where one is near enough to be a slip of the fingers.
pub(crate) fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let allowed = (word.chars().count() / 3).clamp(1, 3);
    known
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(steps, _)| *steps <= allowed)
        .min_by_key(|(steps, _)| *steps)
        .map(|(_, candidate)| candidate)
}

/// Edits (insert, remove, replace, swap of neighbours) from one word to the other: optimal string alignment.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) =
        (a.chars().take(60).collect(), b.chars().take(60).collect());
    let mut rows = vec![vec![0usize; b.len() + 1]; a.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j;
    }
    for i in 1..=a.len() {
        for j in 1..=b.len() {
            let replace = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = replace.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = best;
        }
    }
    rows[a.len()][b.len()]
}

/// `mend` for a word that is not among the known ones: the nearest, or all of them where they are few.
pub(crate) fn instead<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Text {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(word, known.iter().copied()) {
        Some(near) => say(
            format!("是不是想写 `{near}`？"),
            format!("did you mean `{near}`?"),
        ),
        None if known.is_empty() => say(
            "先声明它，或删去这里的引用",
            "declare it first, or remove the mention",
        ),
        None => {
            let shown = known
                .iter()
                .take(12)
                .map(|k| format!("`{k}`"))
                .collect::<Vec<_>>()
                .join(", ");
            let more = if known.len() > 12 { ", …" } else { "" };
            say(
                format!("可用的有：{shown}{more}"),
                format!("known here: {shown}{more}"),
            )
        }
    }
}
