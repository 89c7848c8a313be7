//! A town's own settings.

use std::collections::BTreeSet;

use jiff::civil::{Date, Time, Weekday};

use super::{Check, IdRule, base_map, path, tables};
use crate::fault::say;
use crate::{Calendar, Town};

/// Checks a town.
pub(super) fn town(check: &mut Check<'_, '_>, town: &Town) {
    check.id(&town.domain, "/domain", "/domain", IdRule::Word, &[]);
    if !check.shaped.is_lost("/time_zone") && jiff::tz::TimeZone::get(&town.time_zone).is_err() {
        check.value(
            "unknown-time-zone",
            "/time_zone",
            say(
                format!("没有时区 `{}`", town.time_zone),
                format!("there is no time zone `{}`", town.time_zone),
            ),
            say(
                "写 IANA 名称，例如 Asia/Shanghai",
                "write the IANA name, for instance Asia/Shanghai",
            ),
        );
    }
    calendar(check, &town.calendar);
    levels(check, town);
    packs(check, town);
    for (post, _) in &town.posts {
        let known: Vec<&str> = check
            .around()
            .flat_map(|p| p.posts.keys())
            .map(String::as_str)
            .collect();
        if !known.contains(&post.as_str()) && !check.is_blind() {
            check.key(
                "unknown-post",
                &path(&["posts", post]),
                say(
                    format!("没有岗位 `{post}`"),
                    format!("there is no kind of post `{post}`"),
                ),
                crate::fault::instead(post, known),
            );
        }
    }
    if let Some(map) = &town.base_map {
        base_map::base_map(check, map);
    }
    routes(check, town);
}

fn calendar(check: &mut Check<'_, '_>, calendar: &Calendar) {
    let at = |key: &str| format!("/calendar/{key}");
    hours(check, &calendar.hours, &at("hours"));
    week(check, &calendar.week, &at("week"));
    for (index, holiday) in calendar.holidays.iter().enumerate() {
        let pointer = format!("{}/{index}", at("holidays"));
        if holiday.from > holiday.to {
            check.value(
                "bad-holiday",
                &format!("{pointer}/to"),
                say(
                    format!("{} 早于 {}", holiday.to, holiday.from),
                    format!("{} is before {}", holiday.to, holiday.from),
                ),
                say("调换首日和末日", "swap the first and the last day"),
            );
        }
        let other = calendar.holidays[..index]
            .iter()
            .find(|o| o.from <= holiday.to && holiday.from <= o.to);
        if let Some(other) = other {
            check.value(
                "bad-holiday",
                &pointer,
                say(
                    format!("与“{}”重叠", other.title.zh),
                    format!("it overlaps \"{}\"", other.title.en),
                ),
                say(
                    "合并两个假期，或更正日期",
                    "join the two, or correct the dates",
                ),
            );
        }
        known_until(check, calendar, holiday.to, &format!("{pointer}/to"));
    }
    for (index, day) in calendar.workdays.iter().enumerate() {
        let pointer = format!("{}/{index}", at("workdays"));
        let holiday = calendar
            .holidays
            .iter()
            .any(|h| h.from <= *day && *day <= h.to);
        let twice = calendar.workdays[..index].contains(day);
        let normal = calendar.week.contains(&day.weekday()) && !check.shaped.is_hurt(&at("week"));
        if holiday || twice || normal {
            let (zh, en) = match (holiday, twice) {
                (true, _) => ("在假期之内", "lies in a holiday"),
                (_, true) => ("写了两次", "stands twice"),
                _ => ("本来就是工作日", "is a working day anyway"),
            };
            check.value(
                "bad-workday",
                &pointer,
                say(format!("{day} {zh}"), format!("{day} {en}")),
                say(
                    "调休日是本来休息、改为上班的日子",
                    "make-up days are days that would be free otherwise",
                ),
            );
        }
        known_until(check, calendar, *day, &pointer);
    }
}

fn known_until(check: &mut Check<'_, '_>, calendar: &Calendar, day: Date, pointer: &str) {
    if day > calendar.known_until {
        check.value(
            "beyond-known",
            pointer,
            say(
                format!("{day} 在 known_until（{}）之后", calendar.known_until),
                format!("{day} is after known_until ({})", calendar.known_until),
            ),
            say(
                "把 known_until 改到已公布假期的最后一天",
                "set known_until to the last day that is published",
            ),
        );
    }
}

fn hours(check: &mut Check<'_, '_>, hours: &[(Time, Time)], here: &str) {
    if hours.is_empty() && !check.shaped.is_hurt(here) {
        check.key(
            "bad-hours",
            here,
            say("没有工作时间", "there are no working hours"),
            say(
                "例如 [[\"08:30\", \"12:00\"], [\"13:30\", \"17:30\"]]",
                "for instance [[\"08:30\", \"12:00\"], [\"13:30\", \"17:30\"]]",
            ),
        );
    }
    let mut before = None;
    for (index, (from, to)) in hours.iter().enumerate() {
        if from >= to || before.is_some_and(|before| before > *from) {
            let (from, to) = (from.strftime("%H:%M"), to.strftime("%H:%M"));
            check.value(
                "bad-hours",
                &format!("{here}/{index}"),
                say(
                    format!("{from} 到 {to} 次序不对或与前一段重叠"),
                    format!("{from} to {to} is out of order or overlaps the pair before"),
                ),
                say(
                    "按先后排列，各段不重叠，每段先起后止",
                    "put the pairs in order, apart, each with the earlier time first",
                ),
            );
        }
        before = Some(*to);
    }
}

fn week(check: &mut Check<'_, '_>, week: &[Weekday], here: &str) {
    let mut seen: Vec<Weekday> = Vec::new();
    let twice = week.iter().position(|day| {
        let known = seen.contains(day);
        seen.push(*day);
        known
    });
    if let Some(index) = twice {
        check.value(
            "bad-week",
            &format!("{here}/{index}"),
            say("这一天写了两次", "the day stands twice"),
            say("删去一处", "remove one"),
        );
    }
    if week.is_empty() && !check.shaped.is_hurt(here) {
        check.key(
            "bad-week",
            here,
            say("一周没有工作日", "the week has no working day"),
            say(
                "例如 [mon, tue, wed, thu, fri]",
                "for instance [mon, tue, wed, thu, fri]",
            ),
        );
    }
}

fn levels(check: &mut Check<'_, '_>, town: &Town) {
    if town.levels.len() < 2 && !check.shaped.is_hurt("/levels") {
        check.key(
            "bad-levels",
            "/levels",
            say(
                "至少要有两级：辖区和网格",
                "there are at least two levels: the domain and its cells",
            ),
            say(
                "例如 town、village、cell",
                "for instance town, village, cell",
            ),
        );
    }
    let mut seen = BTreeSet::new();
    for (index, level) in town.levels.iter().enumerate() {
        let pointer = format!("/levels/{index}/id");
        if !check.shaped.is_lost(&pointer) {
            check.id(&level.id, "/levels", &pointer, IdRule::Word, &[]);
        }
        if !seen.insert(level.id.as_str()) {
            check.value(
                "bad-levels",
                &pointer,
                say(
                    format!("层级 `{}` 写了两次", level.id),
                    format!("the level `{}` stands twice", level.id),
                ),
                say("换一个标识", "choose another id"),
            );
        }
    }
}

fn packs(check: &mut Check<'_, '_>, town: &Town) {
    let known: Vec<&str> = check.packs.iter().map(|p| p.pack.as_str()).collect();
    for (index, pack) in town.packs.iter().enumerate() {
        let pointer = format!("/packs/{index}");
        check.name(
            pack,
            &known,
            "/packs-around",
            &pointer,
            "unknown-pack",
            ("服务包", "pack"),
        );
        if town.packs[..index].contains(pack) {
            check.value(
                "pack-twice",
                &pointer,
                say(
                    format!("`{pack}` 写了两次"),
                    format!("`{pack}` stands twice"),
                ),
                say("删去一处", "remove one"),
            );
        }
    }
}

fn routes(check: &mut Check<'_, '_>, town: &Town) {
    for (name, rows) in &town.routes {
        let here = path(&["routes", name]);
        for (index, row) in rows.iter().enumerate() {
            tables::route(check, &row.then, &format!("{here}/{index}/then"));
        }
        let found = name.split_once('.').and_then(|(pack, kind)| {
            let pack = check.around().find(|p| p.pack == pack)?;
            Some((pack, pack.kinds.get(kind)?))
        });
        match found {
            // They stand before the pack's own rows, which cover the rest.
            Some((pack, kind)) => tables::rows_of(check, pack, kind, &here, rows, false),
            None if check.is_blind() => {}
            None => {
                let known: Vec<String> = check
                    .around()
                    .flat_map(|p| {
                        p.kinds
                            .keys()
                            .map(|kind| format!("{}.{kind}", p.pack))
                            .collect::<Vec<_>>()
                    })
                    .collect();
                check.key(
                    "unknown-kind",
                    &here,
                    say(
                        format!("没有事项类型 `{name}`"),
                        format!("there is no kind `{name}`"),
                    ),
                    crate::fault::instead(name, known.iter().map(String::as_str)),
                );
            }
        }
    }
}
