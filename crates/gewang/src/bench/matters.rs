use std::sync::Arc;

use jiff::Timestamp;
use uuid::Uuid;

/// Bytes of one command, as the peers were measured with: a report of about 1 KB.
const COMMAND_BYTES: usize = 1024;
/// Bytes of an instant to the microsecond, `2026-03-02T09:00:00.000000Z`.
const INSTANT: usize = 27;
/// Bytes of a place, `[lon,lat]` without the brackets.
const PLACE: usize = 25;
/// Bytes of a category with its quotes and the blanks behind it.
const CATEGORY: usize = 20;
const ID: usize = 36;

/// Categories of the demo's pack.
pub(super) const CATEGORIES: [&str; 16] = [
    "noise",
    "stray_dog",
    "traffic_hazard",
    "neighbour_dispute",
    "fire_passage",
    "electric_hazard",
    "open_burning",
    "sewage",
    "litter",
    "dirty_road",
    "illegal_poster",
    "street_vending",
    "piled_goods",
    "illegal_parking",
    "manhole",
    "streetlight",
];

/// Eight characters and a comma each, so that every mixture of them has the same length.
pub(super) const PHRASES: [&str; 16] = [
    "路边堆放着建筑料，",
    "井盖松动有异响声，",
    "绿化带里杂草丛生，",
    "沿街商铺占道经营，",
    "河面漂着生活垃圾，",
    "夜间施工噪声扰民，",
    "消防通道停着货车，",
    "楼道里拉着充电线，",
    "路灯已经三天不亮，",
    "雨后此处积水很深，",
    "墙上贴满了小广告，",
    "住户反映有油烟味，",
    "围挡倒伏挡住人行，",
    "垃圾桶满了没人收，",
    "有人在此露天焚烧，",
    "请派人到现场看看，",
];

/// A request that posts some reports, made once and refreshed in place: ids, times, places, categories and texts change,
/// its length does not.
pub(super) struct Reports {
    request: Vec<u8>,
    first: usize,
    count: usize,
    slots: Slots,
    places: Arc<[[f64; 2]]>,
    dice: Dice,
}

/// Where in a command that which changes stands.
struct Slots {
    id: usize,
    at: usize,
    record: usize,
    place: usize,
    category: usize,
    details: usize,
    details_end: usize,
    end: usize,
}

impl Reports {
    /// Posts of `count` reports to `path` of `host`, under a bearer token where there is one, somewhere at `places`
    /// (degrees). `seed` makes the mixture of one connection differ from that of the next.
    pub fn new(
        host: &str,
        path: &str,
        token: Option<&str>,
        count: usize,
        places: Arc<[[f64; 2]]>,
        seed: u64,
    ) -> Reports {
        assert!(!places.is_empty(), "reports stand somewhere");
        let (command, slots) = command();
        let mut body = String::from(r#"{"commands":["#);
        let before = body.len();
        body.push_str(&vec![command; count].join(","));
        body.push_str("]}");
        let authorization = token
            .map(|token| format!("Authorization: Bearer {token}\r\n"))
            .unwrap_or_default();
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {host}\r\n{authorization}Content-Type: application/json\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        let first = head.len() + before;
        let mut request = head.into_bytes();
        request.extend_from_slice(body.as_bytes());
        Reports {
            request,
            first,
            count,
            slots,
            places,
            dice: Dice::new(seed),
        }
    }

    /// How many reports one request carries.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The next request, of reports that nobody sent before.
    pub fn next(&mut self) -> &[u8] {
        // One instant serves a whole post: people who send many at once wrote them before.
        let at = format!("{:.6}", Timestamp::now());
        for index in 0..self.count {
            let start = self.first + index * (self.slots.end + 1);
            let command = &mut self.request[start..start + self.slots.end];
            let slots = &self.slots;
            Uuid::now_v7()
                .hyphenated()
                .encode_lower(&mut command[slots.id..slots.id + ID]);
            Uuid::now_v7()
                .hyphenated()
                .encode_lower(&mut command[slots.record..slots.record + ID]);
            command[slots.at..slots.at + INSTANT].copy_from_slice(at.as_bytes());
            let [lon, lat] = self.places[self.dice.below(self.places.len())];
            let place = format!("{lon:12.7},{lat:12.7}");
            command[slots.place..slots.place + PLACE].copy_from_slice(place.as_bytes());
            let category = format!("\"{}\"", CATEGORIES[self.dice.below(CATEGORIES.len())]);
            let category = format!("{category:<CATEGORY$}");
            command[slots.category..slots.category + CATEGORY].copy_from_slice(category.as_bytes());
            for phrase in
                command[slots.details..slots.details_end].chunks_exact_mut(PHRASES[0].len())
            {
                phrase.copy_from_slice(PHRASES[self.dice.below(PHRASES.len())].as_bytes());
            }
        }
        &self.request
    }

    /// The first report of the next request by itself: its id and its text.
    pub fn next_one(&mut self) -> (&str, &str) {
        self.next();
        let command = &self.request[self.first..self.first + self.slots.end];
        let text = std::str::from_utf8(command).expect("it is put together from whole characters");
        (&text[self.slots.id..self.slots.id + ID], text)
    }
}

/// A command with its places still empty.
fn command() -> (String, Slots) {
    let mut text = String::with_capacity(COMMAND_BYTES);
    let slot = |text: &mut String, before: &str, length: usize| {
        text.push_str(before);
        let at = text.len();
        text.extend(std::iter::repeat_n(' ', length));
        at
    };
    let id = slot(&mut text, r#"{"id":""#, ID);
    let at = slot(&mut text, r#"","at":""#, INSTANT);
    let record = slot(&mut text, r#"","kind":"governance.matter","record":""#, ID);
    let place = slot(&mut text, r#"","action":"report","place":["#, PLACE);
    let category = slot(&mut text, r#"],"data":{"category":"#, CATEGORY);
    text.push_str(
        r#","severity":"normal","summary":"巡查时发现的问题，需要到现场核实","details":""#,
    );
    let details = text.len();
    let closing = r#""}}"#;
    let room = COMMAND_BYTES.saturating_sub(details + closing.len());
    for _ in 0..room / PHRASES[0].len() {
        text.push_str(PHRASES[0]);
    }
    let details_end = text.len();
    text.push_str(closing);
    let end = text.len();
    (
        text,
        Slots {
            id,
            at,
            record,
            place,
            category,
            details,
            details_end,
            end,
        },
    )
}

/// Marsaglia's xorshift: the same seed gives the same mixture on every machine.
pub(super) struct Dice(u64);

impl Dice {
    /// Dice that fall as `seed` says.
    pub fn new(seed: u64) -> Dice {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number from 0 to 1.
    pub fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() >> 33) as usize % bound
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    use gewang_engine::Command;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Post {
        commands: Vec<Command>,
    }

    #[test]
    fn every_request_is_whole_and_new() {
        let places: Arc<[[f64; 2]]> = Arc::from([[119.9, 31.4], [-71.05, 42.36]]);
        let mut reports = Reports::new("127.0.0.1:1", "/api/v1/commands", Some("t"), 3, places, 7);
        let mut seen = HashSet::new();
        for _ in 0..20 {
            let request = reports.next();
            let text = std::str::from_utf8(request).unwrap();
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            assert!(
                head.contains(format!("Content-Length: {}\r\n", body.len()).trim_end()),
                "{head}"
            );
            let post: Post = serde_json::from_str(body).unwrap();
            assert_eq!(post.commands.len(), 3);
            for command in post.commands {
                assert!(seen.insert(command.id) && seen.insert(command.record));
                assert!((Timestamp::now() - command.at).get_seconds() < 60);
                assert_eq!(command.place.map(|[lon, _]| lon.abs() > 70.0), Some(true));
                assert!(command.data["details"].as_str().unwrap().chars().count() > 150);
                assert!(CATEGORIES.contains(&command.data["category"].as_str().unwrap()));
            }
        }
        let (command, _) = command();
        assert!(
            command.len() > COMMAND_BYTES - 40 && command.len() <= COMMAND_BYTES,
            "{}",
            command.len()
        );
    }
}
