use gewang_pack::Text;
use jiff::Timestamp;
use serde::Serialize;

use crate::{Engine, Person};

/// A kind of post at a cell, and who holds it: who answers there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answering {
    /// The cell.
    pub cell: String,
    /// The kind of post.
    pub post: String,
    /// Its name.
    pub title: Text,
    /// Who holds it, in the order of appointment.
    pub people: Vec<Person>,
}

impl Engine {
    /// Who answers for a cell at an instant: the posts held there, then those above, up to the root.
    pub fn chain(&self, cell: &str, at: Timestamp) -> Vec<Answering> {
        let mut chain: Vec<Answering> = Vec::new();
        for above in self.setup.grid().chain(cell) {
            let first = chain.len();
            for held in self.roster.posts_at_cell(above, at) {
                let Some(person) = self.roster.person(held.person) else {
                    continue;
                };
                match chain[first..]
                    .iter_mut()
                    .find(|answering| answering.post == held.post)
                {
                    Some(answering) if answering.people.contains(person) => {}
                    Some(answering) => answering.people.push(person.clone()),
                    None => chain.push(Answering {
                        cell: above.to_owned(),
                        post: held.post.clone(),
                        title: self.setup.post(&held.post).map_or_else(
                            || Text {
                                zh: held.post.clone(),
                                en: held.post.clone(),
                            },
                            |info| info.title.clone(),
                        ),
                        people: vec![person.clone()],
                    }),
                }
            }
        }
        chain
    }
}
