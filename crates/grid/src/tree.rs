//! The tree of cells, put in an order in which every subtree is one run.

use rustc_hash::FxHashMap;

use crate::{
    cell::{CellId, Code, Text},
    defect::{Defect, DefectKind},
    head::Head,
    reading::Reading,
};

/// The order of the heads, depth first. Cells that hang in the air stand as further roots.
pub(crate) struct Tree {
    /// The heads by their place.
    pub order: Vec<u32>,
    /// Of each place, the first one after its subtree.
    pub end: Vec<u32>,
    pub depth: Vec<u32>,
    /// Of each head, whether none is below it.
    pub leaf: Vec<bool>,
}

impl Tree {
    /// The heads of the leaves at or below a place.
    pub(crate) fn leaves_below(&self, place: usize) -> impl Iterator<Item = u32> + '_ {
        let below = &self.order[place..self.end[place] as usize];
        below
            .iter()
            .copied()
            .filter(|&head| self.leaf[head as usize])
    }
}

/// Orders the heads, and says what keeps them from being a tree.
pub(crate) fn grow(heads: &[Head], reading: &Reading) -> (Tree, Vec<Defect>) {
    let mut defects = Vec::new();
    let mut by_id: FxHashMap<&CellId, u32> = FxHashMap::default();
    by_id.reserve(heads.len());
    for (i, head) in heads.iter().enumerate() {
        let id = &head.id;
        if by_id.insert(id, i as u32).is_some() {
            defects.push(plain(
                DefectKind::Code,
                vec![id.clone()],
                format!("编号 {id} 用了不止一次；每个网格要有自己的编号。"),
                format!("The id {id} is used more than once; give each cell its own."),
            ));
        }
    }
    let mut parents: Vec<Option<u32>> = vec![None; heads.len()];
    let mut leaf = vec![true; heads.len()];
    let mut roots = Vec::new();
    for (i, head) in heads.iter().enumerate() {
        let id = &head.id;
        match &head.parent {
            None => roots.push(i as u32),
            Some(parent) => match by_id.get(parent) {
                Some(&p) => {
                    parents[i] = Some(p);
                    leaf[p as usize] = false;
                }
                None => defects.push(plain(
                    DefectKind::Tree,
                    vec![id.clone()],
                    format!("{id} 的上级 {parent} 不在文件中。"),
                    format!("{id} names {parent} as its parent, which is not in the file."),
                )),
            },
        }
    }
    defects.extend(codes_twice(heads));
    defects.extend(codes_astray(heads, &parents, &reading.nested));
    if roots.len() > 1 {
        let tops: Vec<CellId> = roots
            .iter()
            .map(|&i| heads[i as usize].id.clone())
            .collect();
        let count = tops.len();
        defects.push(plain(
            DefectKind::Tree,
            tops,
            format!("有 {count} 个没有上级的网格；只能有一个根。"),
            format!("{count} cells have no parent; exactly one, the root, may have none."),
        ));
    }
    let tree = descend(&parents, leaf);
    if tree.order.len() < heads.len() {
        let mut seen = vec![false; heads.len()];
        tree.order.iter().for_each(|&i| seen[i as usize] = true);
        let lost: Vec<CellId> = (0..heads.len())
            .filter(|&i| !seen[i])
            .map(|i| heads[i].id.clone())
            .collect();
        let count = lost.len();
        defects.push(plain(
            DefectKind::Tree,
            lost,
            format!("{count} 个网格的上级绕成了圈，到不了根。"),
            format!("The parents of {count} cells go round in a circle and never reach a root."),
        ));
    }
    (tree, defects)
}

fn descend(parents: &[Option<u32>], leaf: Vec<bool>) -> Tree {
    let count = parents.len();
    // Children side by side, in the order of the heads.
    let mut starts = vec![0u32; count + 1];
    parents
        .iter()
        .flatten()
        .for_each(|&p| starts[p as usize + 1] += 1);
    for i in 0..count {
        starts[i + 1] += starts[i];
    }
    let mut filled = starts.clone();
    let mut children = vec![0u32; starts[count] as usize];
    for (i, parent) in parents.iter().enumerate() {
        if let Some(p) = parent {
            children[filled[*p as usize] as usize] = i as u32;
            filled[*p as usize] += 1;
        }
    }
    let mut order = Vec::with_capacity(count);
    let mut depth = Vec::with_capacity(count);
    let mut end = vec![0; count];
    // Each entry is visited twice: going down it gets its place, coming back the end of its subtree.
    let roots = (0..count as u32)
        .rev()
        .filter(|&i| parents[i as usize].is_none());
    let mut open: Vec<(u32, u32, Option<usize>)> = roots.map(|i| (i, 0, None)).collect();
    while let Some((i, level, place)) = open.pop() {
        if let Some(place) = place {
            end[place] = order.len() as u32;
            continue;
        }
        open.push((i, level, Some(order.len())));
        order.push(i);
        depth.push(level);
        let below = starts[i as usize] as usize..starts[i as usize + 1] as usize;
        open.extend(children[below].iter().rev().map(|&c| (c, level + 1, None)));
    }
    end.truncate(order.len());
    Tree {
        order,
        end,
        depth,
        leaf,
    }
}

fn codes_twice(heads: &[Head]) -> Vec<Defect> {
    let mut holders: FxHashMap<&Code, &CellId> = FxHashMap::default();
    let mut defects = Vec::new();
    for head in heads {
        for code in &head.codes {
            let Some(first) = holders.insert(code, &head.id) else {
                continue;
            };
            let Code { scheme, date, code } = code;
            let (a, b) = (first, &head.id);
            defects.push(plain(
                DefectKind::Code,
                vec![a.clone(), b.clone()],
                format!("{a} 与 {b} 有相同的代码 {code}（{scheme}，{date}）。"),
                format!("{a} and {b} have the same code {code} ({scheme}, {date})."),
            ));
        }
    }
    defects
}

/// Codes that don't begin with that of the cell above, in a scheme where they must.
fn codes_astray(heads: &[Head], parents: &[Option<u32>], nested: &[String]) -> Vec<Defect> {
    let mut defects = Vec::new();
    for (i, head) in heads.iter().enumerate() {
        let Some(above) = parents[i].map(|p| &heads[p as usize]) else {
            continue;
        };
        for code in head
            .codes
            .iter()
            .filter(|code| nested.contains(&code.scheme))
        {
            let same = |upper: &&Code| upper.scheme == code.scheme && upper.date == code.date;
            let Some(upper) = above.codes.iter().find(same) else {
                continue;
            };
            if code.code.starts_with(stem(&upper.code)) && code.code != upper.code {
                continue;
            }
            let (id, top) = (&head.id, &above.id);
            let (scheme, lower, upper) = (&code.scheme, &code.code, &upper.code);
            defects.push(plain(
                DefectKind::Code,
                vec![id.clone(), top.clone()],
                format!("{id} 的代码 {lower}（{scheme}）不是由上级 {top} 的代码 {upper} 延长而来。"),
                format!("The code {lower} ({scheme}) of {id} doesn't extend {upper}, that of {top} above it."),
            ));
        }
    }
    defects
}

/// What a code says without the zeros that only fill it up: a county is written 320282 or 320282000000.
fn stem(code: &str) -> &str {
    // Digits of a province, city, county, town and village together.
    const LEVELS: [usize; 5] = [2, 4, 6, 9, 12];
    let said = code.trim_end_matches('0').len();
    let level = LEVELS.into_iter().find(|&digits| digits >= said);
    level.and_then(|digits| code.get(..digits)).unwrap_or(code)
}

fn plain(kind: DefectKind, cells: Vec<CellId>, zh: String, en: String) -> Defect {
    Defect::plain(kind, cells, None, Text { zh, en })
}
