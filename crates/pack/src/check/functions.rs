//! The functions of expressions: which there are, how they are called, and what over.

use cel::common::ast::{CallExpr, Expr as Tree, LiteralValue};

use super::scope::Type;
use super::typing::{Typing, Wanted, text_of};
use crate::eval::span_unit;
use crate::fault::{instead, nearest, say};

impl<'s, 'p> Typing<'_, '_, '_, 's, 'p> {
    /// The type of a call of a function by name.
    pub(super) fn function(&mut self, call: &'s CallExpr) -> Type<'p> {
        let name = call.func_name.as_str();
        let given = call.args.len() + usize::from(call.target.is_some());
        let (wanted, method) = match name {
            "limit" => (0, Some(false)),
            "size" => (1, None),
            "string" => (1, Some(false)),
            "within" => (2, Some(false)),
            "contains" | "startsWith" | "endsWith" => (2, Some(true)),
            _ if span_unit(name).is_some() => (1, Some(false)),
            _ => {
                for part in call.target.iter().map(|t| &**t).chain(&call.args) {
                    self.of(part);
                }
                let known = [
                    "limit",
                    "size",
                    "string",
                    "within",
                    "contains",
                    "startsWith",
                    "endsWith",
                    "minutes",
                    "hours",
                    "days",
                    "workhours",
                    "workdays",
                    "all",
                    "exists",
                    "exists_one",
                    "filter",
                    "map",
                    "has",
                ];
                let mend = match nearest(name, known) {
                    Some(near) => say(
                        format!("是不是想写 `{near}`？"),
                        format!("did you mean `{near}`?"),
                    ),
                    None => instead(name, known),
                };
                let shown = name.trim_matches('_');
                return self.fault(
                    "expr-function",
                    say(
                        format!("没有函数 `{shown}`"),
                        format!("there is no function `{shown}`"),
                    ),
                    mend,
                );
            }
        };
        if given != wanted || method.is_some_and(|method| method != call.target.is_some()) {
            let form = match name {
                "limit" => "limit()",
                "size" => "size(photos)",
                "string" => "string(count)",
                "within" => "within(category, 'roads')",
                "contains" => "summary.contains('…')",
                "startsWith" => "summary.startsWith('…')",
                "endsWith" => "summary.endsWith('…')",
                _ => "workdays(5)",
            };
            return self.fault(
                "expr-function",
                say(
                    format!("`{name}` 的参数不对"),
                    format!("`{name}` is called in the wrong way"),
                ),
                say(format!("写成 {form}"), format!("write it as {form}")),
            );
        }
        match name {
            "limit" => {
                // Elsewhere it would be asked before the case is decided upon: on a phone without a network, for instance.
                if !matches!(self.wanted, Wanted::Span) {
                    return self.fault(
                        "expr-limit",
                        say(
                            "`limit()` 只能用在期限里",
                            "`limit()` belongs in deadlines alone",
                        ),
                        say(
                            "把条件写成对字段的比较",
                            "write the condition over the fields",
                        ),
                    );
                }
                if self.scope.limits == Some(false) {
                    return self.fault(
                        "expr-limit",
                        say(
                            "没有 `limits` 表可查",
                            "there is no `limits` table to look in",
                        ),
                        say(
                            "写 `limits:`，或直接写时限",
                            "write `limits:`, or write the span itself",
                        ),
                    );
                }
                Type::Span
            }
            "size" => {
                let whole = call.target.as_deref().or(call.args.first());
                match whole.map(|whole| self.of(whole)) {
                    Some(Type::List(_) | Type::Any) | None => {}
                    Some(of) if of.is_text() => {}
                    Some(of) => {
                        self.unfit("size", &of, &Type::Null);
                    }
                }
                Type::Number
            }
            "string" => {
                match self.of(&call.args[0]) {
                    Type::Any | Type::Number | Type::Bool => {}
                    of if of.is_text() => {}
                    of => {
                        self.unfit("string", &of, &Type::Null);
                    }
                }
                Type::Text
            }
            "within" => self.within(call),
            "contains" | "startsWith" | "endsWith" => {
                for part in call.target.iter().map(|t| &**t).chain(&call.args) {
                    self.needs(part, Type::Text, name);
                }
                Type::Bool
            }
            _ => {
                self.needs(&call.args[0], Type::Number, name);
                if let Tree::Literal(literal) = &call.args[0].expr {
                    let count = match literal {
                        LiteralValue::Int(n) => *n.inner() as f64,
                        LiteralValue::UInt(n) => *n.inner() as f64,
                        LiteralValue::Double(n) => *n.inner(),
                        _ => 0.0,
                    };
                    if count.fract() != 0.0 || !(0.0..=100_000.0).contains(&count) {
                        self.fault(
                            "expr-type",
                            say(
                                format!("{name}({count}) 超出范围"),
                                format!("{name}({count}) is out of range"),
                            ),
                            say(
                                "写 0 到 100000 的整数",
                                "write a whole number from 0 to 100000",
                            ),
                        );
                    }
                }
                Type::Span
            }
        }
    }

    fn within(&mut self, call: &'s CallExpr) -> Type<'p> {
        let of = match self.of(&call.args[0]) {
            Type::List(item) => *item,
            other => other,
        };
        let Some(group) = text_of(&call.args[1]) else {
            return self.fault(
                "expr-type",
                say("组要直接写出来", "the group is to be written out"),
                say(
                    "写成 within(category, 'roads')",
                    "write it as within(category, 'roads')",
                ),
            );
        };
        match of {
            Type::Any => {}
            Type::Code(codes) => {
                let lost = self
                    .check
                    .shaped
                    .is_lost(&format!("{}/{group}", codes.table));
                if !codes.groups.contains(&group) && !lost {
                    self.fault(
                        "expr-option",
                        say(
                            format!("没有选项组 `{group}`"),
                            format!("there is no group of options `{group}`"),
                        ),
                        instead(group, codes.groups),
                    );
                }
            }
            other => {
                self.unfit("within", &other, &Type::Text);
            }
        }
        Type::Bool
    }
}
