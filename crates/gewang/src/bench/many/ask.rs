use std::collections::HashSet;

use anyhow::Result;
use gewang_store::{Bounds, Error, Filter, Order, Reader};

use super::fill::{Filling, house, id};
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

pub(super) fn questions<'a>(filling: &'a Filling) -> Result<Vec<Question<'a>>> {
    let records = filling.filled();
    let engine = filling.town().store.engine();
    let cells = engine.setup().grid().cells();
    let parents: HashSet<&str> = cells
        .iter()
        .filter_map(|cell| cell.parent.as_deref())
        .collect();
    let leaves = cells
        .iter()
        .filter(|cell| !parents.contains(cell.id.as_str()));
    let leaves: Vec<String> = leaves.map(|cell| cell.id.clone()).collect();
    let head = filling.town().store.head();
    let cell = move |dice: &mut Dice| vec![leaves[dice.below(leaves.len())].clone()];
    let cell_of_open = cell.clone();
    let kinds = || vec!["governance.matter".to_owned()];
    let question = |name, ask: Ask<'a>| Question { name, ask };
    Ok(vec![
        question(
            "a record and its journal",
            Box::new(move |reader, dice| {
                let record = id(dice.below(records as usize) as u32);
                let there = reader.record(record)?.is_some();
                Ok(usize::from(there) + reader.journal(record, 0, 100)?.len())
            }),
        ),
        question(
            "a page, one cell, newest first",
            Box::new(move |reader, dice| {
                let filter = Filter {
                    kinds: kinds(),
                    cells: Some(cell(dice)),
                    ..Filter::default()
                };
                listed(reader, &filter, Order::Newest)
            }),
        ),
        question(
            "a page, declined ones, changed last",
            Box::new(move |reader, _| {
                let filter = Filter {
                    kinds: kinds(),
                    states: vec!["declined".into()],
                    ..Filter::default()
                };
                listed(reader, &filter, Order::Changed)
            }),
        ),
        question(
            "a page, open ones, due first",
            Box::new(move |reader, _| {
                let filter = Filter {
                    kinds: kinds(),
                    open: Some(true),
                    ..Filter::default()
                };
                listed(reader, &filter, Order::Due)
            }),
        ),
        question(
            "a page, open ones of one cell, newest first",
            Box::new(move |reader, dice| {
                let filter = Filter {
                    kinds: kinds(),
                    cells: Some(cell_of_open(dice)),
                    open: Some(true),
                    ..Filter::default()
                };
                listed(reader, &filter, Order::Newest)
            }),
        ),
        question(
            "a page, in a box, newest first",
            Box::new(move |reader, dice| {
                let places = filling.places();
                let [lon, lat] = places[dice.below(places.len())];
                let filter = Filter {
                    kinds: kinds(),
                    bounds: Some(Bounds {
                        west: lon - 0.002,
                        south: lat - 0.002,
                        east: lon + 0.002,
                        north: lat + 0.002,
                    }),
                    ..Filter::default()
                };
                listed(reader, &filter, Order::Newest)
            }),
        ),
        question(
            "a search, a house",
            Box::new(move |reader, dice| found(reader, house(dice))),
        ),
        question(
            "a search, a house and a common phrase",
            Box::new(move |reader, dice| {
                let phrase = &PHRASES[dice.below(PHRASES.len())];
                let phrase: String = phrase.chars().take(4).collect();
                found(reader, format!("{} {phrase}", house(dice)))
            }),
        ),
        question(
            "a search, what most have",
            Box::new(move |reader, dice| {
                let phrase = &PHRASES[dice.below(PHRASES.len())];
                found(reader, phrase.chars().take(4).collect())
            }),
        ),
        question(
            "a hundred entries for who comes back to the live stream",
            Box::new(move |reader, dice| {
                let after = head - 100 - dice.below(1000) as u64;
                Ok(reader.live_since(after, 100)?.len())
            }),
        ),
    ])
}

fn listed(reader: &Reader, filter: &Filter, order: Order) -> Result<usize, Error> {
    let page = reader.records(filter, order, None, PAGE, &|_| true)?;
    Ok(page.records.len())
}

fn found(reader: &Reader, text: String) -> Result<usize, Error> {
    let filter = Filter {
        text: Some(text),
        ..Filter::default()
    };
    listed(reader, &filter, Order::Newest)
}
