//! YAML to a tree in which every key and value knows its place.
//!
//! The events of the parser are taken one by one instead of a finished document, because a finished document has
//! already dropped a second key of the same name and resolved `08:30` or `no` by rules of its own. Scalars keep their
//! raw text until the shape says what they are meant to be.

use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use crate::fault::{Finding, Place, say};

/// The largest text that is read, in bytes.
const MAX_BYTES: usize = 1 << 20;
/// The deepest nesting that is read; the language needs ten.
const MAX_DEPTH: usize = 32;

/// A value and where it begins.
#[derive(Clone, Debug)]
pub(crate) struct Node {
    pub mark: Mark,
    pub body: Body,
}

/// A place without its pointer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    pub file: usize,
    pub line: u32,
    pub column: u32,
}

/// What a node holds.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    /// Nothing, `~` or `null`.
    Empty,
    /// A scalar; `plain` where it was written without quotes.
    Scalar { text: String, plain: bool },
    /// A sequence.
    List(Vec<Node>),
    /// A mapping in the order as written.
    Map(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub text: String,
    pub mark: Mark,
}

impl Mark {
    /// The place with its pointer.
    pub fn at(self, pointer: impl Into<String>) -> Place {
        Place {
            file: self.file,
            line: self.line,
            column: self.column,
            pointer: pointer.into(),
        }
    }
}

enum Open {
    List(Mark, Vec<Node>),
    Map {
        mark: Mark,
        entries: Vec<(Key, Node)>,
        key: Option<Key>,
        skip: bool,
    },
}

/// Reads the text of source number `file`. None where it cannot be read to its end; the findings say why.
pub(crate) fn read(file: usize, text: &str, findings: &mut Vec<Finding>) -> Option<Node> {
    let start = Mark {
        file,
        line: 1,
        column: 1,
    };
    if text.len() > MAX_BYTES {
        findings.push(Finding {
            code: "too-large",
            place: start.at(""),
            text: say("文件大于 1 MiB", "the file is larger than 1 MiB"),
            mend: say(
                "把它分成同一文件夹里的几个文件",
                "split it into several files of the same folder",
            ),
        });
        return None;
    }
    let mut reader = Reader {
        file,
        open: Vec::new(),
        root: None,
        pointer: Vec::new(),
        findings,
    };
    for event in Parser::new_from_str(text) {
        let step = match event {
            Ok((event, span)) => reader.take(event, span),
            Err(error) => {
                let mark = Mark {
                    file,
                    line: error.marker().line() as u32,
                    column: error.marker().col() as u32 + 1,
                };
                reader.findings.push(syntax(mark, text, error.info()));
                Err(())
            }
        };
        if step.is_err() {
            return None;
        }
    }
    match reader.root {
        Some(Node {
            body: Body::Map(entries),
            mark,
        }) => Some(Node {
            body: Body::Map(entries),
            mark,
        }),
        Some(Node {
            body: Body::Empty, ..
        })
        | None => {
            findings.push(Finding {
                code: "empty",
                place: start.at(""),
                text: say("文件里什么都没有", "there is nothing in the file"),
                mend: say(
                    "写入描述，或删去这个文件",
                    "write the description, or remove the file",
                ),
            });
            None
        }
        Some(Node { mark, .. }) => {
            findings.push(Finding {
                code: "wrong-type",
                place: mark.at(""),
                text: say(
                    "文件的最外层不是键和值",
                    "the file is no map of keys to values",
                ),
                mend: say(
                    "以 `pack: 名称` 这样的行开头",
                    "begin with lines such as `pack: name`",
                ),
            });
            None
        }
    }
}

/// The finding for what the YAML scanner refuses.
fn syntax(mark: Mark, text: &str, info: &str) -> Finding {
    let line = text
        .lines()
        .nth((mark.line as usize).saturating_sub(1))
        .unwrap_or("");
    let tab = line
        .chars()
        .take_while(|c| c.is_whitespace())
        .position(|c| c == '\t');
    match tab {
        Some(column) => Finding {
            code: "yaml-tab",
            place: Mark {
                column: column as u32 + 1,
                ..mark
            }
            .at(""),
            text: say("用制表符缩进", "the line is indented by a tab"),
            mend: say(
                "YAML 只能用空格缩进",
                "indent by spaces: YAML allows no tabs there",
            ),
        },
        None => Finding {
            code: "yaml-syntax",
            place: mark.at(""),
            text: say(
                format!("此处不是合法的 YAML（{info}）"),
                format!("this is not YAML: {info}"),
            ),
            mend: say(
                "检查这一行和上一行的缩进、引号、冒号和括号",
                "look at the indentation, quotes, colons and brackets of this line and the one before",
            ),
        },
    }
}

struct Reader<'f> {
    file: usize,
    open: Vec<Open>,
    root: Option<Node>,
    /// The keys and indices that lead to the node being read.
    pointer: Vec<String>,
    findings: &'f mut Vec<Finding>,
}

impl Reader<'_> {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), ()> {
        let mark = Mark {
            file: self.file,
            line: span.start.line() as u32,
            column: span.start.col() as u32 + 1,
        };
        match event {
            Event::DocumentStart(_) if self.root.is_some() => self.stop(
                "yaml-documents",
                mark,
                say(
                    "文件里有不止一份文档",
                    "the file holds more than one document",
                ),
                say(
                    "删去 `---`，或分成几个文件",
                    "remove the `---`, or split the file",
                ),
            ),
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => Ok(()),
            Event::Alias(_) => self.stop(
                "yaml-alias",
                mark,
                say(
                    "这里引用了别处的锚点",
                    "this is an alias of an anchor elsewhere",
                ),
                say(
                    "把内容写在这里：一行的含义不应藏在另一行",
                    "write out what is meant: a line does not borrow its meaning from another",
                ),
            ),
            Event::Scalar(text, style, _, tag) => {
                if tag.is_some() {
                    return self.no_tag(mark);
                }
                let plain = style == ScalarStyle::Plain;
                let empty = plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                if self.wants_key() {
                    self.key(text.into_owned(), mark);
                    return Ok(());
                }
                let body = if empty {
                    Body::Empty
                } else {
                    Body::Scalar {
                        text: text.into_owned(),
                        plain,
                    }
                };
                self.add(Node { mark, body });
                Ok(())
            }
            Event::SequenceStart(_, tag) => {
                self.begin(mark, tag.is_some())?;
                self.open.push(Open::List(mark, Vec::new()));
                Ok(())
            }
            Event::MappingStart(_, tag) => {
                self.begin(mark, tag.is_some())?;
                self.open.push(Open::Map {
                    mark,
                    entries: Vec::new(),
                    key: None,
                    skip: false,
                });
                Ok(())
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let node = match self.open.pop() {
                    Some(Open::List(mark, items)) => Node {
                        mark,
                        body: Body::List(items),
                    },
                    Some(Open::Map { mark, entries, .. }) => Node {
                        mark,
                        body: Body::Map(entries),
                    },
                    None => return Err(()),
                };
                self.add(node);
                Ok(())
            }
        }
    }

    /// A collection begins: not as a key, not tagged, not too deep.
    fn begin(&mut self, mark: Mark, tagged: bool) -> Result<(), ()> {
        if tagged {
            return self.no_tag(mark);
        }
        if self.wants_key() {
            return self.stop(
                "yaml-key",
                mark,
                say("键不是一个词", "a key is a list or a map"),
                say(
                    "键只能是一个词；以 `{` 或 `[` 开头的文字请加引号",
                    "a key is one word; put a text that begins with `{` or `[` in quotes",
                ),
            );
        }
        if self.open.len() >= MAX_DEPTH {
            return self.stop(
                "too-deep",
                mark,
                say("嵌套超过 32 层", "nested more than 32 levels deep"),
                say(
                    "这种语言用不到这么多层",
                    "the language needs far fewer levels",
                ),
            );
        }
        Ok(())
    }

    fn no_tag(&mut self, mark: Mark) -> Result<(), ()> {
        self.stop(
            "yaml-tag",
            mark,
            say(
                "这里有 YAML 标签（`!…`）",
                "there is a YAML tag (`!…`) here",
            ),
            say(
                "删去标签；要文字就加引号",
                "remove the tag; quote what is meant as text",
            ),
        )
    }

    fn stop(
        &mut self,
        code: &'static str,
        mark: Mark,
        text: crate::Text,
        mend: crate::Text,
    ) -> Result<(), ()> {
        let pointer = self.here();
        self.findings.push(Finding {
            code,
            place: mark.at(pointer),
            text,
            mend,
        });
        Err(())
    }

    fn here(&self) -> String {
        self.pointer
            .iter()
            .map(|step| format!("/{}", escape(step)))
            .collect()
    }

    fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some(Open::Map { key: None, .. }))
    }

    fn key(&mut self, text: String, mark: Mark) {
        let here = self.here();
        let Some(Open::Map {
            entries, key, skip, ..
        }) = self.open.last_mut()
        else {
            return;
        };
        let twice = entries
            .iter()
            .find(|(known, _)| known.text == text)
            .map(|(known, _)| known.mark.line);
        *skip = twice.is_some();
        if let Some(line) = twice {
            self.findings.push(Finding {
                code: "duplicate-key",
                place: mark.at(format!("{here}/{}", escape(&text))),
                text: say(
                    format!("`{text}` 已在第 {line} 行写过"),
                    format!("`{text}` stands already in line {line}"),
                ),
                mend: say(
                    "删去其中一个，或改名",
                    "remove one of them, or give it another name",
                ),
            });
        }
        self.pointer.push(text.clone());
        *key = Some(Key { text, mark });
    }

    fn add(&mut self, node: Node) {
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open::List(_, items)) => items.push(node),
            Some(Open::Map {
                entries, key, skip, ..
            }) => {
                self.pointer.pop();
                if let Some(key) = key.take()
                    && !*skip
                {
                    entries.push((key, node));
                }
            }
        }
    }
}

/// Merges the files of a folder: maps by key; anything else twice is a fault.
pub(crate) fn merge(trees: Vec<Node>, findings: &mut Vec<Finding>) -> Option<Node> {
    let mut trees = trees.into_iter();
    let mut whole = trees.next()?;
    for tree in trees {
        merge_into(&mut whole, tree, "", findings);
    }
    Some(whole)
}

fn merge_into(whole: &mut Node, part: Node, pointer: &str, findings: &mut Vec<Finding>) {
    let (Body::Map(entries), Body::Map(more)) = (&mut whole.body, part.body) else {
        return;
    };
    for (key, node) in more {
        let here = format!("{pointer}/{}", escape(&key.text));
        let Some((first, known)) = entries.iter_mut().find(|(known, _)| known.text == key.text)
        else {
            entries.push((key, node));
            continue;
        };
        match (&known.body, &node.body) {
            (Body::Map(_), Body::Map(_)) => merge_into(known, node, &here, findings),
            // Every file of a folder may say to which pack it belongs.
            (Body::Scalar { text: a, .. }, Body::Scalar { text: b, .. })
                if here == "/pack" && a == b => {}
            _ => findings.push(Finding {
                code: "duplicate-key",
                place: key.mark.at(&here),
                text: say(
                    format!(
                        "`{}` 已在另一个文件的第 {} 行写过",
                        key.text, first.mark.line
                    ),
                    format!(
                        "`{}` stands already in line {} of another file",
                        key.text, first.mark.line
                    ),
                ),
                mend: say(
                    "删去其中一个，或改名",
                    "remove one of them, or give it another name",
                ),
            }),
        }
    }
}

/// One step of a JSON Pointer, escaped.
pub(crate) fn escape(step: &str) -> String {
    step.replace('~', "~0").replace('/', "~1")
}
