use std::collections::HashSet;

use gewang_store::{Bounds, Error, Filter, Order, Reader};

use super::fill::{Filling, UNCHECKED, house, id};
use crate::bench::matters::{Dice, PHRASES};

/// Records on a page.
const PAGE: usize = 50;

/// A question that people ask again and again.
pub(super) struct Question<'a> {
    pub name: &'static str,
    /// How many rows answer it.
    pub ask: Ask<'a>,
}

type Ask<'a> = Box<dyn Fn(&Reader, &mut Dice) -> Result<usize, Error> + 'a>;

impl<'a> Question<'a> {
    /// A page of a list of cases.
    fn page(
        name: &'static str,
        order: Order,
        filter: impl Fn(&mut Dice) -> Filter + 'a,
    ) -> Question<'a> {
        let ask: Ask<'a> = Box::new(move |reader, dice| {
            let kinds = vec!["governance.matter".to_owned()];
            let filter = Filter {
                kinds,
                ..filter(dice)
            };
            listed(reader, &filter, order)
        });
        Question { name, ask }
    }

    /// A page of what is found by words.
    fn search(name: &'static str, text: impl Fn(&mut Dice) -> String + 'a) -> Question<'a> {
        let ask: Ask<'a> = Box::new(move |reader, dice| {
            let filter = Filter {
                text: Some(text(dice)),
                ..Filter::default()
            };
            listed(reader, &filter, Order::Newest)
        });
        Question { name, ask }
    }
}

pub(super) fn questions(filling: &Filling) -> Vec<Question<'_>> {
    let records = filling.filled();
    let engine = filling.town().store.engine();
    let cells = engine.setup().grid().cells();
    let parents: HashSet<&str> = cells
        .iter()
        .filter_map(|cell| cell.parent.as_deref())
        .collect();
    let leaves: Vec<String> = cells
        .iter()
        .filter(|cell| !parents.contains(cell.id.as_str()))
        .map(|cell| cell.id.clone())
        .collect();
    let head = filling.town().store.head();
    let of_cell = move |dice: &mut Dice| Filter {
        cells: Some(vec![leaves[dice.below(leaves.len())].clone()]),
        ..Filter::default()
    };
    let open_of_cell = {
        let of_cell = of_cell.clone();
        move |dice: &mut Dice| Filter {
            open: Some(true),
            ..of_cell(dice)
        }
    };
    vec![
        Question {
            name: "a record and its journal",
            ask: Box::new(move |reader, dice| {
                let record = id(dice.below(records as usize) as u32);
                let there = reader.record(record)?.is_some();
                Ok(usize::from(there) + reader.journal(record, 0, 100)?.len())
            }),
        },
        Question::page("a page, one cell, newest first", Order::Newest, of_cell),
        Question::page(
            "a page, declined ones, changed last",
            Order::Changed,
            |_| Filter {
                states: vec!["declined".into()],
                ..Filter::default()
            },
        ),
        Question::page("a page, open ones, due first", Order::Due, |_| Filter {
            open: Some(true),
            ..Filter::default()
        }),
        Question::page(
            "a page, open ones of one cell, newest first",
            Order::Newest,
            open_of_cell,
        ),
        Question::page("a page, in a box, newest first", Order::Newest, |dice| {
            let places = filling.places();
            let [lon, lat] = places[dice.below(places.len())];
            Filter {
                bounds: Some(Bounds {
                    west: lon - 0.002,
                    south: lat - 0.002,
                    east: lon + 0.002,
                    north: lat + 0.002,
                }),
                ..Filter::default()
            }
        }),
        Question::search("a search, a house", house),
        Question::search("a search, a house and a common phrase", |dice| {
            let house = house(dice);
            format!("{house} {}", common(dice))
        }),
        Question::search("a search, what most have", common),
        Question::search("a search, a single character that most have", |dice| {
            common(dice).chars().take(1).collect()
        }),
        Question::search("a search, what one in five hundred has", |_| {
            UNCHECKED.to_owned()
        }),
        Question::page(
            "a page, open ones with common words, due first",
            Order::Due,
            |dice| Filter {
                open: Some(true),
                text: Some(common(dice)),
                ..Filter::default()
            },
        ),
        Question {
            name: "a page, a kind of which few are, changed last",
            ask: Box::new(|reader, _| {
                let filter = Filter {
                    kinds: vec!["town.post".to_owned()],
                    ..Filter::default()
                };
                listed(reader, &filter, Order::Changed)
            }),
        },
        Question {
            name: "a hundred entries for who comes back to the live stream",
            ask: Box::new(move |reader, dice| {
                let after = head - 100 - dice.below(1000) as u64;
                Ok(reader.live_since(after, 100)?.len())
            }),
        },
    ]
}

/// Words that most records have.
fn common(dice: &mut Dice) -> String {
    PHRASES[dice.below(PHRASES.len())].chars().take(4).collect()
}

fn listed(reader: &Reader, filter: &Filter, order: Order) -> Result<usize, Error> {
    let page = reader.records(filter, order, None, PAGE, &|_| true)?;
    Ok(page.records.len())
}
