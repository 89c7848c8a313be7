//! Where a command is, and in which cell that lies.

use gewang_grid::Coord;
use gewang_pack::{Action, PlaceRule};

use crate::{
    Read, Refusal,
    decide::Matter,
    refusal::{plain, refuse},
};

impl<'a, R: Read> Matter<'a, R> {
    pub fn no_place(&self) -> Result<(), Refusal> {
        if self.command().place.is_some() {
            Err(plain("place_not_wanted", &[]))
        } else {
            Ok(())
        }
    }

    pub fn coord(&self) -> Result<Option<Coord>, Refusal> {
        match self.command().coord() {
            None => Ok(None),
            Some(Ok(coord)) => Ok(Some(coord)),
            Some(Err(_)) => Err(plain("bad_place", &[])),
        }
    }

    /// The place of a new record, and its cell.
    pub fn locate(&self, rule: PlaceRule) -> Result<(Option<Coord>, &'a str), Refusal> {
        let grid = self.engine.setup.grid();
        match (rule, self.coord()?) {
            (PlaceRule::None, Some(_)) => Err(plain("place_not_wanted", &[])),
            (PlaceRule::Required, None) => Err(plain("place_missing", &[])),
            (PlaceRule::None | PlaceRule::Optional, None) => Ok((None, grid.root())),
            (PlaceRule::Required | PlaceRule::Optional, Some(place)) => {
                Ok((Some(place), self.cell_of(place)?))
            }
        }
    }

    pub fn cell_of(&self, place: Coord) -> Result<&'a str, Refusal> {
        self.engine.setup.grid().locate(place).map_err(|outside| {
            let text = outside.text();
            refuse("outside_domain", "/place", &[&text.zh], &[&text.en])
        })
    }

    /// The new place of a record, where the action's form asks one by the word `place`.
    pub fn relocate(&self, action: &Action) -> Result<(Option<Coord>, Option<String>), Refusal> {
        let asks = action.form.iter().any(|item| item.field() == "place")
            && self.plan.kind().place != PlaceRule::None;
        match (self.coord()?, asks) {
            (None, _) => Ok((None, None)),
            (Some(_), false) => Err(plain("place_not_wanted", &[])),
            (Some(place), true) => Ok((Some(place), Some(self.cell_of(place)?.to_owned()))),
        }
    }
}
