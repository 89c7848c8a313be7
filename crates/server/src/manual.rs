//! The description of the API as a page to read, made from the OpenAPI document.

use std::fmt::Write;

use serde_json::Value;

use crate::lang::Lang;
use crate::page::{escape, page, paragraphs, prose, say};

/// The introduction in Chinese; the document's own is in English.
const ABOUT_ZH: &str = "通过 HTTP 使用一个镇的网格。\n\n\
    一切变更都通过命令（`POST /commands`）完成，并记入可自证的流水账。能看什么、做什么只取决于本人的岗位。\n\n\
    出错时返回 `application/problem+json`（RFC 9457）：`code` 固定不变，`pointer` 指出位置，说明有中文和英文（`Accept-Language` \
    或 `?lang=`）。\n\n\
    浏览器用 `POST /session` 登录并保存 cookie；之后的变更请求必须来自本站（`Sec-Fetch-Site` 或 `Origin`），或带上请求头 \
    `Gewang-Client`。程序使用令牌。\n\n\
    各接口的标题为中文，逐项说明为英文。";

/// What each part and each operation is called in Chinese; the longer words stand in English alone.
const CHINESE: &[(&str, &str)] = &[
    ("commands", "命令"),
    ("records", "记录"),
    ("live", "实时推送"),
    ("files", "文件"),
    ("town", "辖区"),
    ("sign-in", "登录"),
    ("accounts", "账号"),
    ("postCommands", "提交命令（唯一的写入方式）"),
    ("followReport", "查询我上报的事件办到哪一步"),
    ("listDuplicates", "是否已有人上报"),
    ("getJournal", "一条记录的流水"),
    ("storeFile", "上传文件"),
    ("getFile", "读取文件"),
    ("listRecords", "查询记录"),
    ("getRecord", "读取一条记录"),
    ("listLooks", "谁查看过一条记录的个人信息"),
    ("listActions", "我现在可以对这条记录做什么"),
    ("listManyActions", "我现在可以对这些记录做什么"),
    ("listCreations", "我可以新建什么"),
    ("makeToken", "为程序创建令牌"),
    ("listTokens", "我的令牌"),
    ("endToken", "撤销令牌"),
    ("listPacks", "正在使用的服务包"),
    ("makeAccount", "为人员创建账号"),
    ("listAccounts", "全部账号"),
    ("changeAccount", "停用、启用账号或重置密码"),
    ("listUnits", "单位"),
    ("listPeople", "人员及其岗位"),
    ("live.live", "实时接收新的流水"),
    ("signIn", "登录"),
    ("getSession", "我是谁"),
    ("signOut", "退出登录"),
    ("changePassword", "修改密码"),
    ("getMap", "地图：网格版本与底图"),
    ("getTile", "网格的矢量瓦片"),
    ("getTileJson", "网格矢量瓦片的说明（TileJSON）"),
    ("grid", "网格草案与版次"),
    ("listDrafts", "网格草案"),
    ("beginDraft", "新建草案：从现行版次或图形文件开始"),
    ("getDraft", "读取一份草案"),
    ("renameDraft", "更改草案名称"),
    ("removeDraft", "删除草案"),
    ("getDraftDrawing", "草案的图形"),
    ("listDraftDefects", "草案的缺陷"),
    ("editDraft", "修改草案的边界与网格"),
    ("undoDraft", "撤销"),
    ("redoDraft", "重做"),
    ("repairDraft", "修复缺陷，可先预览"),
    ("suggestCells", "按户数建议划分网格"),
    ("getDraftPoints", "草案的住户点"),
    ("putDraftBoundary", "给出应填满的边界"),
    ("removeDraftBoundary", "改回辖区原有的边界"),
    ("putDraftPoints", "载入住户点"),
    ("removeDraftPoints", "移除住户点"),
    ("diffDraft", "草案与某一版次的差别"),
    ("getDraftImpact", "发布草案会带来什么"),
    ("publishDraft", "发布草案，立即或定时"),
    ("unscheduleDraft", "取消定时发布"),
    ("getDraftTile", "草案的矢量瓦片"),
    ("listEditions", "网格的各版次"),
    ("getEditionCells", "下载一个版次的网格"),
    ("diffEditions", "两个版次的差别"),
    ("getBasemap", "本镇自己的底图文件"),
    ("getDemo", "演示账号"),
    ("countRecords", "统计符合条件的记录数"),
    ("getAdvice", "研判参考：附近、去向、此前上报、时限"),
    ("getFigures", "一天的数字"),
    ("getDuty", "谁在值班"),
    ("getReplay", "回放一天"),
    ("listDays", "哪些日子有流水"),
    ("listPackFiles", "服务包的原文"),
    ("checkPack", "检查服务包"),
    ("getStatus", "运行状态"),
    ("listTallies", "统计"),
    ("listCells", "网格"),
    ("locate", "查询一个地点属于哪个网格"),
];

fn chinese(name: &str) -> Option<&'static str> {
    let known = CHINESE.iter().find(|(known, _)| *known == name);
    known.map(|(_, zh)| *zh)
}

/// What an operation is for, in a line.
fn summary(operation: &Value, lang: Lang) -> &str {
    let id = text(&operation["operationId"]);
    // A part and an operation share this name.
    let id = if id == "live" { "live.live" } else { id };
    match (lang, chinese(id)) {
        (Lang::Zh, Some(zh)) => zh,
        _ => text(&operation["summary"]),
    }
}

/// The OpenAPI document as a page.
pub(crate) fn manual(document: &Value, lang: Lang) -> String {
    let mut body = String::new();
    let title = say(lang, "格网接口", "Gewang API");
    let about = say(lang, ABOUT_ZH, text(&document["info"]["description"]));
    let _ = write!(
        body,
        "<h1>{title} <small>{}</small></h1>{}<p><a href=\"/?lang={}\">{}</a> · \
         <a href=\"/api/v1/openapi.json\">openapi.json</a></p>",
        escape(text(&document["info"]["version"])),
        paragraphs(about),
        lang.as_str(),
        say(lang, "首页", "Home"),
    );
    let nothing = serde_json::Map::new();
    let mut last_tag = "";
    let paths = document["paths"].as_object().unwrap_or(&nothing);
    let mut operations: Vec<(&str, &str, &str, &Value)> = Vec::new();
    for (path, item) in paths {
        for (method, operation) in item.as_object().unwrap_or(&nothing) {
            operations.push((text(&operation["tags"][0]), path, method, operation));
        }
    }
    let order = |tag: &str| {
        let tags = document["tags"].as_array();
        tags.and_then(|tags| tags.iter().position(|known| known["name"] == tag))
            .unwrap_or(usize::MAX)
    };
    operations.sort_by_key(|(tag, ..)| order(tag));
    for (tag, path, method, operation) in operations {
        if tag != last_tag {
            let parts = document["tags"].as_array().into_iter().flatten();
            let part = parts.filter(|part| part["name"] == tag);
            let about: String = match lang {
                Lang::Zh => String::new(),
                Lang::En => part.map(|part| prose(text(&part["description"]))).collect(),
            };
            let name = match lang {
                Lang::Zh => chinese(tag).unwrap_or(tag),
                Lang::En => tag,
            };
            let _ = write!(body, "<h2>{}</h2><p class=about>{about}</p>", escape(name));
            last_tag = tag;
        }
        operation_of(&mut body, lang, path, method, operation);
    }
    let _ = write!(body, "<h2>{}</h2>", say(lang, "数据结构", "Shapes"));
    for (name, schema) in document["components"]["schemas"]
        .as_object()
        .unwrap_or(&nothing)
    {
        let _ = write!(
            body,
            "<details id=\"{0}\"><summary><code>{0}</code> {1}</summary>",
            escape(name),
            prose(
                text(&schema["description"])
                    .lines()
                    .next()
                    .unwrap_or_default()
            ),
        );
        shape(&mut body, lang, schema);
        body.push_str("</details>");
    }
    page(lang, title, &body)
}

fn operation_of(page: &mut String, lang: Lang, path: &str, method: &str, operation: &Value) {
    let _ = write!(
        page,
        "<details><summary><span class=\"m {method}\">{}</span> <code>{}</code> {}</summary>{}",
        method.to_uppercase(),
        escape(path),
        escape(summary(operation, lang)),
        paragraphs(text(&operation["description"])),
    );
    if let Some(parameters) = operation["parameters"].as_array() {
        page.push_str("<table>");
        for parameter in parameters {
            let _ = write!(
                page,
                "<tr><td><code>{}</code><td>{}{}<td>{}<td>{}</tr>",
                escape(text(&parameter["name"])),
                escape(text(&parameter["in"])),
                if parameter["required"] == true {
                    say(lang, "，必填", ", required")
                } else {
                    ""
                },
                type_of(&parameter["schema"], lang),
                prose(text(&parameter["description"])),
            );
        }
        page.push_str("</table>");
    }
    for (media, content) in operation["requestBody"]["content"]
        .as_object()
        .into_iter()
        .flatten()
    {
        let _ = write!(
            page,
            "<p>{} <code>{}</code>: {}</p>",
            say(lang, "请求内容", "Body"),
            escape(media),
            type_of(&content["schema"], lang)
        );
        if let Some(example) = content.get("example") {
            let _ = write!(
                page,
                "<pre>{}</pre>",
                escape(&serde_json::to_string_pretty(example).unwrap_or_default())
            );
        }
    }
    page.push_str("<table>");
    for (status, response) in operation["responses"].as_object().into_iter().flatten() {
        let bodies: Vec<String> = response["content"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(media, content)| {
                format!(
                    "<code>{}</code> {}",
                    escape(media),
                    type_of(&content["schema"], lang)
                )
            })
            .collect();
        let _ = write!(
            page,
            "<tr><td>{}<td>{}<td>{}</tr>",
            escape(status),
            prose(text(&response["description"])),
            bodies.join("<br>"),
        );
    }
    page.push_str("</table></details>");
}

fn shape(page: &mut String, lang: Lang, schema: &Value) {
    page.push_str(&paragraphs(text(&schema["description"])));
    if let Some(properties) = schema["properties"].as_object() {
        let required = |name: &str| {
            schema["required"]
                .as_array()
                .is_some_and(|names| names.iter().any(|required| required == name))
        };
        page.push_str("<table>");
        for (name, property) in properties {
            let _ = write!(
                page,
                "<tr><td><code>{}</code>{}<td>{}<td>{}</tr>",
                escape(name),
                if required(name) { "" } else { "?" },
                type_of(property, lang),
                prose(text(&property["description"])),
            );
        }
        page.push_str("</table>");
    } else {
        let _ = write!(page, "<p>{}</p>", type_of(schema, lang));
    }
}

/// A schema in a few words, names linked to their shapes.
fn type_of(schema: &Value, lang: Lang) -> String {
    if let Some(name) = schema["$ref"]
        .as_str()
        .and_then(|reference| reference.rsplit('/').next())
    {
        return format!("<a href=\"#{0}\">{0}</a>", escape(name));
    }
    for key in ["oneOf", "anyOf", "allOf"] {
        if let Some(choices) = schema[key].as_array() {
            let words: Vec<String> = choices.iter().map(|choice| type_of(choice, lang)).collect();
            return words.join(" | ");
        }
    }
    if let Some(values) = schema["enum"].as_array() {
        let words: Vec<String> = values
            .iter()
            .map(|value| format!("<code>{}</code>", escape(&value.to_string())))
            .collect();
        return words.join(" | ");
    }
    let kinds: Vec<&str> = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        Value::String(kind) => vec![kind.as_str()],
        _ => return say(lang, "任意", "any").to_owned(),
    };
    let words: Vec<String> = kinds
        .iter()
        .map(|kind| match (*kind, schema["format"].as_str()) {
            ("array", _) => format!(
                "{}{}",
                type_of(&schema["items"], lang),
                say(lang, " 的列表", " (list)")
            ),
            (kind, Some(format)) => format!("{} ({})", escape(kind), escape(format)),
            (kind, None) => escape(kind),
        })
        .collect();
    words.join(" | ")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Value {
        serde_json::from_str(&crate::document()).expect("the document is JSON")
    }

    #[test]
    fn the_page_shows_every_address_and_every_shape() {
        let document = document();
        for lang in [Lang::Zh, Lang::En] {
            let page = manual(&document, lang);
            for path in document["paths"].as_object().expect("addresses").keys() {
                let shown = format!("<code>{}</code>", escape(path));
                assert!(page.contains(&shown), "{path} is missing");
            }
            let shapes = &document["components"]["schemas"];
            for name in shapes.as_object().expect("shapes").keys() {
                assert!(
                    page.contains(&format!("id=\"{name}\"")),
                    "{name} is missing"
                );
            }
            for foreign in ["<script", "http://", "https://"] {
                assert!(!page.contains(foreign), "{foreign}");
            }
            assert!(!page.contains('`'), "what is code is shown as code");
        }
    }

    #[test]
    fn every_operation_has_a_name_in_chinese() {
        let document = document();
        let page = manual(&document, Lang::Zh);
        let items = document["paths"].as_object().expect("addresses").values();
        let operations = items.flat_map(|item| item.as_object().expect("operations").values());
        let mut count = 0;
        for operation in operations {
            let zh = summary(operation, Lang::Zh);
            assert_ne!(
                zh,
                text(&operation["summary"]),
                "{}",
                operation["operationId"]
            );
            assert!(page.contains(zh));
            count += 1;
        }
        let parts = document["tags"].as_array().expect("parts");
        for part in parts {
            assert!(chinese(text(&part["name"])).is_some(), "{part}");
        }
        assert_eq!(CHINESE.len(), count + parts.len(), "and none is left over");
    }
}
