//! The tree of cells, put in an order in which every subtree is one run.

use rustc_hash::FxHashMap;

use crate::{
    cell::{Cell, CellId, Code, Text},
    defect::{Defect, DefectKind},
    reading::DraftCell,
};

/// Drafts in depth-first order, with the end of each one's subtree.
pub(crate) struct Tree {
    pub drafts: Vec<DraftCell>,
    /// Of each cell, the first index after its subtree.
    pub end: Vec<u32>,
    pub depth: Vec<u32>,
}

impl Tree {
    pub(crate) fn is_leaf(&self, i: usize) -> bool {
        self.end[i] as usize == i + 1
    }
}

/// Orders the drafts, or says why they are no tree.
pub(crate) fn grow(drafts: Vec<DraftCell>) -> Result<Tree, Vec<Defect>> {
    let mut defects = Vec::new();
    let mut by_id: FxHashMap<CellId, usize> = FxHashMap::default();
    for (i, draft) in drafts.iter().enumerate() {
        let id = &draft.cell.id;
        if by_id.insert(id.clone(), i).is_some() {
            defects.push(plain(
                DefectKind::Code,
                vec![id.clone()],
                format!("编号 {id} 用了不止一次；每个网格要有自己的编号。"),
                format!("The id {id} is used more than once; give each cell its own."),
            ));
        }
    }
    defects.extend(codes_twice(&drafts));
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); drafts.len()];
    let mut roots = Vec::new();
    for (i, draft) in drafts.iter().enumerate() {
        let id = &draft.cell.id;
        match &draft.cell.parent {
            None => roots.push(i),
            Some(parent) => match by_id.get(parent) {
                Some(&p) => children[p].push(i),
                None => defects.push(plain(
                    DefectKind::Tree,
                    vec![id.clone()],
                    format!("{id} 的上级 {parent} 不在文件中。"),
                    format!("{id} names {parent} as its parent, which is not in the file."),
                )),
            },
        }
    }
    if roots.len() > 1 {
        let tops: Vec<CellId> = roots.iter().map(|&i| drafts[i].cell.id.clone()).collect();
        let count = tops.len();
        defects.push(plain(
            DefectKind::Tree,
            tops,
            format!("有 {count} 个没有上级的网格；只能有一个根。"),
            format!("{count} cells have no parent; exactly one, the root, may have none."),
        ));
    }
    let mut order = Vec::with_capacity(drafts.len());
    let mut depth = Vec::with_capacity(drafts.len());
    let mut end = vec![0; drafts.len()];
    let mut seen = vec![false; drafts.len()];
    // Each entry is visited twice: going down it gets its place, coming back the end of its subtree.
    let mut open: Vec<(usize, u32, Option<usize>)> =
        roots.iter().rev().map(|&i| (i, 0, None)).collect();
    while let Some((i, level, place)) = open.pop() {
        if let Some(place) = place {
            end[place] = order.len() as u32;
            continue;
        }
        seen[i] = true;
        open.push((i, level, Some(order.len())));
        order.push(i);
        depth.push(level);
        open.extend(children[i].iter().rev().map(|&c| (c, level + 1, None)));
    }
    if defects.is_empty() && order.len() < drafts.len() {
        let lost: Vec<CellId> = (0..drafts.len())
            .filter(|&i| !seen[i])
            .map(|i| drafts[i].cell.id.clone())
            .collect();
        let count = lost.len();
        defects.push(plain(
            DefectKind::Tree,
            lost,
            format!("{count} 个网格的上级绕成了圈，到不了根。"),
            format!("The parents of {count} cells go round in a circle and never reach a root."),
        ));
    }
    if !defects.is_empty() {
        return Err(defects);
    }
    let mut taken: Vec<Option<DraftCell>> = drafts.into_iter().map(Some).collect();
    let drafts = order
        .into_iter()
        .map(|i| {
            taken[i]
                .take()
                .expect("each draft has one place in the tree")
        })
        .collect();
    Ok(Tree { drafts, end, depth })
}

fn codes_twice(drafts: &[DraftCell]) -> Vec<Defect> {
    let mut holders: FxHashMap<&Code, &Cell> = FxHashMap::default();
    let mut defects = Vec::new();
    for draft in drafts {
        for code in &draft.cell.codes {
            let Some(first) = holders.insert(code, &draft.cell) else {
                continue;
            };
            let Code { scheme, date, code } = code;
            let (a, b) = (&first.id, &draft.cell.id);
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

fn plain(kind: DefectKind, cells: Vec<CellId>, zh: String, en: String) -> Defect {
    Defect::plain(kind, cells, None, Text { zh, en })
}
