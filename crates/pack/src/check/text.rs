//! Texts in both languages, and what no text of a field may ask for.

use serde_json::Value;

use super::Check;
use crate::Text;
use crate::fault::say;
use crate::yaml::escape;

/// Checks every text of the description, wherever it stands.
pub(super) fn texts(check: &mut Check<'_, '_>) {
    let shaped = check.shaped;
    walk(check, &shaped.value, String::new());
}

fn walk(check: &mut Check<'_, '_>, value: &Value, pointer: String) {
    match value {
        Value::Object(object) => {
            if let (Some(Value::String(zh)), Some(Value::String(en))) =
                (object.get("zh"), object.get("en"))
            {
                text(check, zh, en, &pointer);
            }
            for (key, inner) in object {
                walk(check, inner, format!("{pointer}/{}", escape(key)));
            }
        }
        Value::Array(items) => {
            for (index, inner) in items.iter().enumerate() {
                walk(check, inner, format!("{pointer}/{index}"));
            }
        }
        _ => {}
    }
}

fn text(check: &mut Check<'_, '_>, zh: &str, en: &str, pointer: &str) {
    let here = |lang: &str| format!("{pointer}/{lang}");
    let lost = |lang: &str| check.shaped.is_lost(&here(lang));
    let (zh_lost, en_lost) = (lost("zh"), lost("en"));
    for (lang, words, lost) in [("zh", zh, zh_lost), ("en", en, en_lost)] {
        if words.trim().is_empty() && !lost {
            check.value(
                "empty-text",
                &here(lang),
                say("文字是空的", "the text is empty"),
                say("两种语言都要写", "write it in both languages"),
            );
        }
        if words.chars().any(is_unseen) {
            check.value(
                "unseen-character",
                &here(lang),
                say(
                    "文字里有看不见的控制字符",
                    "the text holds a control character that nobody sees",
                ),
                say("删去它", "remove it"),
            );
        }
    }
    let chinese = zh.chars().any(is_han) || zh == en && is_symbol(zh);
    if !(chinese || zh_lost || zh.trim().is_empty()) {
        check.value(
            "not-chinese",
            &here("zh"),
            say(format!("`{zh}` 不是中文"), format!("`{zh}` is not Chinese")),
            say(
                "写中文；只有 CT、kg、PM2.5 这样的符号可以两种语言相同",
                "write Chinese; only signs such as CT, kg, PM2.5 may be the same in both languages",
            ),
        );
    }
    if en.chars().any(is_han) {
        check.value(
            "not-english",
            &here("en"),
            say(
                format!("`{en}` 里有汉字"),
                format!("`{en}` holds Chinese characters"),
            ),
            say("写英文", "write English"),
        );
    }
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{323af}')
}

/// Controls other than the line break, and characters that turn the direction of writing or have no width.
fn is_unseen(c: char) -> bool {
    c.is_control() && c != '\n'
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Signs, units and abbreviations: letters only in capitals or in runs of at most three.
fn is_symbol(text: &str) -> bool {
    text.chars().count() <= 12
        && text
            .split(|c: char| !c.is_alphabetic())
            .all(|run| run.chars().count() <= 3 || run.chars().all(char::is_uppercase))
}

/// What this system never asks of a person, and the words that give it away.
struct Forbidden {
    what: (&'static str, &'static str),
    zh: &'static [&'static str],
    en: &'static [&'static str],
}

const FORBIDDEN: [Forbidden; 5] = [
    Forbidden {
        what: ("宗教信仰", "religion"),
        zh: &["宗教", "信仰", "教派", "信教"],
        en: &["religion", "religions", "religious", "faith", "creed"],
    },
    Forbidden {
        what: ("民族或种族", "ethnicity"),
        zh: &["民族", "族别", "种族"],
        en: &["ethnicity", "ethnic", "nationality_group", "racial"],
    },
    Forbidden {
        what: ("政治观点", "political opinion"),
        zh: &["政治面貌", "政治观点", "政治倾向", "政治立场", "党派"],
        en: &["political", "politics"],
    },
    Forbidden {
        what: ("人脸", "faces"),
        zh: &["人脸", "面部识别", "面部特征", "刷脸"],
        en: &[
            "facial",
            "face_id",
            "face_photo",
            "face_image",
            "face_recognition",
            "face",
        ],
    },
    Forbidden {
        what: ("给人打分", "a score of a person"),
        zh: &[
            "信用分",
            "征信",
            "诚信分",
            "个人评分",
            "个人积分",
            "人员评分",
            "人员积分",
            "居民评分",
            "居民积分",
        ],
        en: &[
            "credit_score",
            "social_score",
            "social_credit",
            "person_score",
            "personal_score",
            "resident_score",
            "citizen_score",
            "trust_score",
            "behaviour_score",
            "behavior_score",
        ],
    },
];

/// Refuses a field that asks what mission and law forbid: neither its id nor its title may say so.
pub(super) fn forbidden(check: &mut Check<'_, '_>, id: &str, title: &Text, pointer: &str) {
    let english = [id, &title.en].map(|text| {
        let words: Vec<String> = text
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_ascii_lowercase)
            .collect();
        // A face mask is worn, not recognised.
        format!("_{}_", words.join("_"))
            .replace("_face_mask", "_mask")
            .replace("_face_shield", "_shield")
    });
    let found = FORBIDDEN.iter().find(|forbidden| {
        forbidden.zh.iter().any(|word| title.zh.contains(word))
            || forbidden.en.iter().any(|word| {
                english
                    .iter()
                    .any(|text| text.contains(&format!("_{word}_")))
            })
    });
    if let Some(Forbidden { what: (zh, en), .. }) = found {
        check.key(
            "forbidden-field",
            pointer,
            say(
                format!("`{id}` 收集的是{zh}，本系统不收集"),
                format!("`{id}` collects {en}, which this system never does"),
            ),
            say(
                "删去这个字段：没有可以放行的设置",
                "remove the field: there is no setting that allows it",
            ),
        );
    }
}
