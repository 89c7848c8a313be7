//! Defects in words: which cells, where, how much, and what to do about it.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    boxes::{Boxes, Rect},
    cell::{CellId, Text},
    contacts::Contact,
    coord::Coord,
    defect::{Defect, DefectKind, list},
    face::Face,
    head::Head,
    layer::Layer,
    net::Net,
    planar::ChainEdge,
    shape::RingFault,
    tree::Tree,
};

/// What the cells should fill.
pub(crate) enum Frame {
    /// Nothing in particular; what they enclose, though.
    None,
    /// The boundary that was given.
    Boundary,
    /// The shape drawn for this upper cell.
    Upper(u32),
}

pub(crate) struct Reporter<'a> {
    heads: &'a [Head],
    tolerance_m: f64,
    /// The owners of areas whose rings bound none.
    pub broken: FxHashSet<u32>,
}

impl<'a> Reporter<'a> {
    pub(crate) fn new(heads: &'a [Head], tolerance_m: f64) -> Reporter<'a> {
        Reporter {
            heads,
            tolerance_m,
            broken: FxHashSet::default(),
        }
    }

    fn id(&self, owner: u32) -> CellId {
        self.heads[owner as usize].id.clone()
    }

    fn ids(&self, owners: &[u32]) -> Vec<CellId> {
        owners.iter().map(|&owner| self.id(owner)).collect()
    }

    /// Leaves that nothing was drawn for.
    pub(crate) fn empty(&self, tree: &Tree, layer: &Layer, defects: &mut Vec<Defect>) {
        for (i, head) in self.heads.iter().enumerate() {
            let drawn = |feature: usize| layer.features[feature].shape.is_some();
            if tree.leaf[i] && !head.feature.is_some_and(drawn) {
                let id = &head.id;
                let text = Text {
                    zh: format!("{id} 没有下级，也没有画出范围；画出它，或删去它。"),
                    en: format!(
                        "{id} has neither cells below it nor a shape; draw it, or remove it."
                    ),
                };
                defects.push(Defect::plain(
                    DefectKind::Empty,
                    vec![id.clone()],
                    None,
                    text,
                ));
            }
        }
    }

    pub(crate) fn ring(&self, owner: u32, fault: RingFault) -> Defect {
        let id = self.id(owner);
        let text = fault.text(&id);
        Defect::plain(DefectKind::InvalidRing, vec![id], fault.at(), text)
    }

    pub(crate) fn duplicate(&self, net: &Net, first: usize, later: usize) -> Defect {
        let (a, b) = (
            self.id(net.areas[first].owner),
            self.id(net.areas[later].owner),
        );
        let text = Text {
            zh: format!("{a} 与 {b} 画的是同一块地；删去其中一个。"),
            en: format!("{a} and {b} have the same shape; remove one of them."),
        };
        let rings: Vec<Vec<Coord>> = net
            .rings_of(later)
            .iter()
            .map(|&span| net.ring(span).to_vec())
            .collect();
        Defect {
            kind: DefectKind::Duplicate,
            sliver: false,
            area_m2: net.areas[later].area_m2,
            at: rings.first().and_then(|ring| ring.first().copied()),
            rings,
            cells: vec![a, b],
            text,
        }
    }

    /// Every face that is not covered as it should be, and the contacts that made none.
    #[expect(
        clippy::too_many_arguments,
        reason = "what one comparison has found, side by side"
    )]
    pub(crate) fn faces(
        &self,
        faces: &[Face],
        chain: &[ChainEdge],
        contacts: &[Contact],
        net: &Net,
        without: &[bool],
        frame: &Frame,
        defects: &mut Vec<Defect>,
    ) {
        let before = defects.len();
        let mut told: FxHashSet<Coord> = FxHashSet::default();
        let mut leaves = Leaves {
            net,
            without,
            boxes: None,
        };
        for face in faces {
            // What surrounds a broken ring follows from it, and would only hide it.
            if face.cells.iter().any(|cell| self.broken.contains(cell)) {
                continue;
            }
            defects.extend(self.face(face, frame, &mut leaves, &mut told));
        }
        self.touches(chain, contacts, frame, &told, defects);
        let contact = contacts
            .first()
            .filter(|_| defects.len() == before && self.broken.is_empty());
        if let Some(contact) = contact {
            // Two borders cross by less than can be drawn: still no partition.
            let (i, j) = contact.edges();
            let mut cells: Vec<u32> = chain[i]
                .cells
                .iter()
                .chain(&chain[j].cells)
                .copied()
                .collect();
            cells.sort_unstable();
            cells.dedup();
            let ids = self.ids(&cells);
            let text = overlap_text(&ids, 0.0);
            let at = Some(contact.at(chain));
            let mut defect = Defect::plain(DefectKind::Overlap, ids, at, text);
            defect.sliver = true;
            defects.push(defect);
        }
    }

    fn face(
        &self,
        face: &Face,
        frame: &Frame,
        leaves: &mut Leaves<'_>,
        told: &mut FxHashSet<Coord>,
    ) -> Option<Defect> {
        let (areas, frames) = (face.cover.areas, face.cover.frames);
        let kind = match frame {
            Frame::None if areas == 0 => DefectKind::Gap,
            Frame::None if areas >= 2 => DefectKind::Overlap,
            Frame::Boundary if areas >= 2 => DefectKind::Overlap,
            Frame::Boundary if areas == 1 && frames == 0 => DefectKind::OutsideBoundary,
            Frame::Boundary if areas == 0 && frames > 0 => DefectKind::Gap,
            Frame::Upper(_) if areas >= 1 && frames == 0 => DefectKind::OutsideParent,
            Frame::Upper(_) if areas == 0 && frames > 0 => DefectKind::Gap,
            _ => return None,
        };
        let mut cells = if kind == DefectKind::Gap {
            face.cells.clone()
        } else {
            let over = leaves.over(face);
            // A face thinner than a point can probe is told by the edges around it.
            let enough = if kind == DefectKind::Overlap { 2 } else { 1 };
            if over.len() < enough {
                face.cells.clone()
            } else {
                over
            }
        };
        if cells.iter().any(|cell| self.broken.contains(cell)) {
            return None;
        }
        if let (DefectKind::Gap, Frame::Upper(_)) = (kind, frame) {
            // Ground that another's leaf has is told of that leaf; a gap among leaves was told already.
            if !leaves.over(face).is_empty() || self.enclosed(face, leaves) {
                return None;
            }
        }
        if let Frame::Upper(upper) = frame {
            cells.insert(0, *upper);
        }
        let area_m2 = face.area_m2();
        let unmatched = face.unmatched();
        if let Some(places) = &unmatched {
            told.extend(places);
        }
        let ids = self.ids(&cells);
        let (kind, text) = match (&unmatched, kind) {
            (Some(places), _) => {
                let at = places.first().copied().unwrap_or_else(|| face.at());
                (DefectKind::UnmatchedVertex, unmatched_text(&ids, at, frame))
            }
            (None, DefectKind::Gap) => (kind, gap_text(&ids, area_m2)),
            (None, DefectKind::Overlap) => (kind, overlap_text(&ids, area_m2)),
            (None, DefectKind::OutsideBoundary) => (kind, boundary_text(&ids, area_m2)),
            (None, _) => (kind, parent_text(&ids, area_m2)),
        };
        let perimeter_m = face.perimeter_m();
        let thin = perimeter_m > 0.0 && 2.0 * area_m2 / perimeter_m < self.tolerance_m;
        let first = unmatched
            .as_ref()
            .and_then(|places| places.first().copied());
        Some(Defect {
            kind,
            sliver: thin && unmatched.is_none(),
            cells: ids,
            area_m2,
            at: Some(first.unwrap_or_else(|| face.at())),
            rings: face.rings(),
            text,
        })
    }

    /// Whether all that surrounds a face are leaves, and not the drawn border of the upper cell.
    fn enclosed(&self, face: &Face, leaves: &Leaves<'_>) -> bool {
        let own: FxHashSet<(Coord, Coord)> = face
            .cells
            .iter()
            .filter_map(|cell| leaves.net.areas.iter().position(|area| area.owner == *cell))
            .flat_map(|place| leaves.net.edges_of(place))
            .flat_map(|(a, b)| [(a, b), (b, a)])
            .collect();
        face.rings()
            .iter()
            .all(|ring| crate::net::edges(ring).all(|edge| own.contains(&edge)))
    }

    /// Vertices of one cell inside an edge of another.
    fn touches(
        &self,
        chain: &[ChainEdge],
        contacts: &[Contact],
        frame: &Frame,
        told: &FxHashSet<Coord>,
        defects: &mut Vec<Defect>,
    ) {
        let mut at: FxHashMap<Coord, Vec<u32>> = FxHashMap::default();
        for contact in contacts {
            if let Contact::Touch(i, j, place) = *contact {
                let cells = at.entry(place).or_default();
                cells.extend(&chain[i].cells);
                cells.extend(&chain[j].cells);
            }
        }
        let mut places: Vec<_> = at
            .into_iter()
            .filter(|(place, _)| !told.contains(place))
            .collect();
        places.sort_unstable();
        for (place, mut cells) in places {
            cells.sort_unstable();
            cells.dedup();
            if cells.iter().any(|cell| self.broken.contains(cell)) {
                continue;
            }
            if let Frame::Upper(upper) = frame {
                cells.insert(0, *upper);
            }
            let ids = self.ids(&cells);
            let text = unmatched_text(&ids, place, frame);
            defects.push(Defect::plain(
                DefectKind::UnmatchedVertex,
                ids,
                Some(place),
                text,
            ));
        }
    }
}

/// The leaves by place, put in a tree when the first is asked for.
struct Leaves<'a> {
    net: &'a Net,
    without: &'a [bool],
    boxes: Option<Boxes>,
}

impl Leaves<'_> {
    /// The owners of the leaves that cover a face.
    fn over(&mut self, face: &Face) -> Vec<u32> {
        let net = self.net;
        let boxes = self.boxes.get_or_insert_with(|| net.boxes());
        let at = face.at();
        // The place was rounded to a unit.
        let around = Rect::of(at, at).wider(1);
        let mut over = Vec::new();
        boxes.around(&around, |place| {
            if !self.without[place] && face.lies_in(net.edges_of(place)) {
                over.push(net.areas[place].owner);
            }
        });
        over.sort_unstable();
        over
    }
}

fn listed_zh(ids: &[CellId]) -> String {
    list(ids, "、", |more| format!("等另外 {more} 个"))
}

fn listed_en(ids: &[CellId]) -> String {
    list(ids, ", ", |more| format!(" and {more} more"))
}

fn gap_text(ids: &[CellId], area_m2: f64) -> Text {
    let (zh, en) = (listed_zh(ids), listed_en(ids));
    Text {
        zh: format!("{zh} 之间有 {area_m2:.1} 平方米不属于任何网格；把它划给其中一个。"),
        en: format!("{area_m2:.1} m² between {en} belong to no cell; give them to one."),
    }
}

fn overlap_text(ids: &[CellId], area_m2: f64) -> Text {
    let (zh, en) = (listed_zh(ids), listed_en(ids));
    Text {
        zh: format!("{area_m2:.1} 平方米同时属于 {zh}；只留给一个。"),
        en: format!("{area_m2:.1} m² belong to {en} at once; leave them to one."),
    }
}

fn boundary_text(ids: &[CellId], area_m2: f64) -> Text {
    let (zh, en) = (listed_zh(ids), listed_en(ids));
    Text {
        zh: format!("{zh} 有 {area_m2:.1} 平方米在辖区边界以外；把它裁去，或改边界。"),
        en: format!(
            "{area_m2:.1} m² of {en} lie outside the boundary; cut them off, or mend the boundary."
        ),
    }
}

fn parent_text(ids: &[CellId], area_m2: f64) -> Text {
    let (zh, en) = (listed_zh(&ids[1..]), listed_en(&ids[1..]));
    let upper = &ids[0];
    Text {
        zh: format!(
            "{zh} 有 {area_m2:.1} 平方米在上级 {upper} 所画的范围以外；改其中一个，或不画上级。"
        ),
        en: format!(
            "{area_m2:.1} m² of {en} lie outside {upper} as it is drawn; mend one of them, or leave {upper} undrawn."
        ),
    }
}

fn unmatched_text(ids: &[CellId], place: Coord, frame: &Frame) -> Text {
    let (mut zh, mut en) = (listed_zh(ids), listed_en(ids));
    if matches!(frame, Frame::Boundary) && ids.len() < 2 {
        zh.push_str("与辖区边界");
        en.push_str(" and the boundary");
    }
    Text {
        zh: format!("{zh} 的边界在 {place} 处，一方有顶点而另一方没有；给另一方补上这个顶点。"),
        en: format!(
            "At {place} the border of {en} has a vertex on one side only; add it to the other."
        ),
    }
}

impl RingFault {
    /// Where it shows, if it has a place.
    pub(crate) fn at(self) -> Option<Coord> {
        match self {
            RingFault::TooFew(at) => at,
            RingFault::Unclosed(at)
            | RingFault::MeetsItself(at)
            | RingFault::EdgeTwice(at)
            | RingFault::Crosses(at)
            | RingFault::Nested(at) => Some(at),
        }
    }

    /// What is wrong with the cell of this id.
    fn text(self, id: &CellId) -> Text {
        let (zh, en) = self.words();
        let (place_zh, place_en) = self.place();
        Text {
            zh: format!("{id} {zh}{place_zh}。"),
            en: format!("{id} {en}{place_en}."),
        }
    }

    /// What is wrong with a boundary.
    pub(crate) fn boundary_text(self) -> Text {
        let (zh, en) = self.words();
        let (place_zh, place_en) = self.place();
        Text {
            zh: format!("辖区边界{zh}{place_zh}；请先改好边界。"),
            en: format!("the boundary {en}{place_en}; mend it first"),
        }
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            RingFault::TooFew(_) => (
                "有一个环不到三个不同的点",
                "has a ring of fewer than three different points",
            ),
            RingFault::Unclosed(_) => ("有一个环没有闭合", "has a ring that isn't closed"),
            RingFault::MeetsItself(_) => (
                "有一个环两次经过同一点",
                "has a ring that passes a point twice",
            ),
            RingFault::EdgeTwice(_) => ("的同一条边画了两次", "has the same edge twice"),
            RingFault::Crosses(_) => ("自相交", "crosses itself"),
            RingFault::Nested(_) => (
                "的洞在面之外，或一个面在另一个面之内",
                "has a hole outside its polygon, or a polygon inside another",
            ),
        }
    }

    fn place(self) -> (String, String) {
        self.at().map_or_else(Default::default, |at| {
            (format!("（在 {at}）"), format!(" (at {at})"))
        })
    }
}
