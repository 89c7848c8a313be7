//! Types of expressions: every name in scope, every function known, every operator over what it is for, and the result
//! what its place demands.

use cel::common::ast::{CallExpr, ComprehensionExpr, Expr as Tree, LiteralValue, operators as op};
use cel::parser::Expression;

use super::Check;
use super::scope::{Scope, Type, of_field};
use crate::expr::EvalError;
use crate::fault::{instead, say};
use crate::{Expr, Text};

/// What the place of an expression demands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Wanted {
    /// A yes or no.
    Bool,
    /// A length of time.
    Span,
}

/// Checks the expression at the pointer.
pub(super) fn expression(
    check: &mut Check<'_, '_>,
    scope: &Scope<'_>,
    expr: &Expr,
    pointer: &str,
    wanted: Wanted,
) {
    if check.shaped.is_lost(pointer) {
        return;
    }
    let tree = match expr.parsed() {
        Ok(tree) => tree,
        Err(error) => {
            let why = match error {
                EvalError::Syntax(why) => why,
                other => other.to_string(),
            };
            return check.value(
                "expr-syntax",
                pointer,
                say(
                    format!("表达式读不懂：{why}"),
                    format!("the expression cannot be read: {why}"),
                ),
                say(
                    "用 CEL 写，例如 severity == 'urgent' && size(photos) > 0",
                    "write CEL, for instance severity == 'urgent' && size(photos) > 0",
                ),
            );
        }
    };
    let mut typing = Typing {
        check,
        scope,
        pointer,
        wanted,
        bound: Vec::new(),
        folds: 0,
    };
    let found = typing.of(tree);
    let good = match wanted {
        Wanted::Bool => matches!(found, Type::Any | Type::Bool),
        Wanted::Span => matches!(found, Type::Any | Type::Span),
    };
    if !good {
        let (zh, en) = found.name();
        let (want_zh, want_en, example) = match wanted {
            Wanted::Bool => ("是或否", "a yes or no", "severity == 'urgent'"),
            Wanted::Span => ("一段时间", "a span", "workdays(5)"),
        };
        check.value(
            "expr-result",
            pointer,
            say(
                format!("这里要{want_zh}，表达式给出的是{zh}"),
                format!("the expression gives {en} where {want_en} belongs"),
            ),
            say(
                format!("写成 {example} 这样"),
                format!("write something like {example}"),
            ),
        );
    }
}

/// The typing of one expression.
pub(super) struct Typing<'c, 'k, 'f, 's, 'p> {
    pub(super) check: &'c mut Check<'k, 'f>,
    pub(super) scope: &'s Scope<'p>,
    pointer: &'s str,
    pub(super) wanted: Wanted,
    bound: Vec<(&'s str, Type<'p>)>,
    folds: u32,
}

impl<'s, 'p> Typing<'_, '_, '_, 's, 'p> {
    pub(super) fn fault(&mut self, code: &'static str, text: Text, mend: Text) -> Type<'p> {
        self.check.value(code, self.pointer, text, mend);
        Type::Any
    }

    pub(super) fn of(&mut self, tree: &'s Expression) -> Type<'p> {
        match &tree.expr {
            Tree::Literal(literal) => match literal {
                LiteralValue::Boolean(_) => Type::Bool,
                LiteralValue::Int(_) | LiteralValue::UInt(_) | LiteralValue::Double(_) => {
                    Type::Number
                }
                LiteralValue::String(_) => Type::Text,
                LiteralValue::Null => Type::Null,
                LiteralValue::Bytes(_) => self.unknown("b'…'"),
            },
            Tree::Ident(name) => self.name(name),
            Tree::Call(call) => self.call(call),
            Tree::List(list) => {
                let types: Vec<Type<'p>> = list
                    .elements
                    .iter()
                    .map(|element| self.of(element))
                    .collect();
                let first = types
                    .into_iter()
                    .find(|of| *of != Type::Any)
                    .unwrap_or(Type::Any);
                Type::List(Box::new(first))
            }
            Tree::Select(select) => {
                let found = match self.of(&select.operand) {
                    Type::Any => Type::Any,
                    Type::Row(columns) => match columns.get(&select.field) {
                        Some(column) => of_field(self.scope.pack, column),
                        None => self.fault(
                            "expr-name",
                            say(
                                format!("表格没有 `{}` 这一列", select.field),
                                format!("the table has no column `{}`", select.field),
                            ),
                            instead(&select.field, columns.keys().map(String::as_str)),
                        ),
                    },
                    other => {
                        let (zh, en) = other.name();
                        self.fault(
                            "expr-type",
                            say(
                                format!("{zh}没有 `.{}`", select.field),
                                format!("{en} has no `.{}`", select.field),
                            ),
                            say("只有表格的行有列", "only rows of a table have columns"),
                        )
                    }
                };
                if select.test { Type::Bool } else { found }
            }
            Tree::Comprehension(fold) => self.fold(fold),
            Tree::Map(_) | Tree::Struct(_) | Tree::Unspecified => self.unknown("{…}"),
        }
    }

    fn unknown(&mut self, what: &str) -> Type<'p> {
        self.fault(
            "expr-function",
            say(
                format!("这里没有 `{what}`"),
                format!("there is no `{what}` here"),
            ),
            say(
                "只用字段、运算符和文档里的函数",
                "use fields, operators and the functions of the language",
            ),
        )
    }

    fn name(&mut self, name: &str) -> Type<'p> {
        if let Some((_, bound)) = self.bound.iter().rev().find(|(known, _)| *known == name) {
            return bound.clone();
        }
        if self.scope.sealed.contains(&name) {
            return self.fault(
                "expr-sealed",
                say(
                    format!("`{name}` 是密封的个人信息，表达式不能读"),
                    format!("`{name}` is personal and sealed: no expression may read it"),
                ),
                say("改用别的字段判断", "decide by another field"),
            );
        }
        if let Some((_, known)) = self.scope.names.iter().find(|(known, _)| *known == name) {
            return known.clone();
        }
        if self
            .check
            .shaped
            .is_lost(&format!("{}/{name}", self.scope.table))
        {
            return Type::Any;
        }
        let known: Vec<&str> = self.scope.names.iter().map(|(known, _)| *known).collect();
        let mend = if name == "now" || name == "today" {
            say(
                "表达式里没有时钟：期限由 due 按日历计算",
                "expressions know no clock: deadlines are reckoned by `due`",
            )
        } else {
            instead(name, known)
        };
        self.fault(
            "expr-name",
            say(
                format!("没有字段 `{name}`"),
                format!("there is no field `{name}`"),
            ),
            mend,
        )
    }

    fn fold(&mut self, fold: &'s ComprehensionExpr) -> Type<'p> {
        let item = match self.of(&fold.iter_range) {
            Type::List(item) => *item,
            Type::Any => Type::Any,
            other => {
                let (zh, en) = other.name();
                self.fault(
                    "expr-type",
                    say(format!("{zh}不是列表"), format!("{en} is no list")),
                    say(
                        "all、exists、filter、map 用于列表字段",
                        "all, exists, filter and map are for fields that are lists",
                    ),
                )
            }
        };
        self.folds += 1;
        if self.folds > 2 {
            self.folds -= 1;
            return self.fault(
                "expr-cost",
                say("列表宏嵌套太深", "macros over lists are nested too deep"),
                say("至多套两层", "nest at most two"),
            );
        }
        let depth = self.bound.len();
        let start = self.of(&fold.accu_init);
        self.bound.push((&fold.accu_var, start));
        self.bound.push((&fold.iter_var, item));
        let step = self.of(&fold.loop_step);
        self.bound.truncate(depth);
        self.bound.push((&fold.accu_var, step));
        let result = self.of(&fold.result);
        self.bound.truncate(depth);
        self.folds -= 1;
        result
    }

    fn call(&mut self, call: &'s CallExpr) -> Type<'p> {
        let name = call.func_name.as_str();
        let args = &call.args;
        match (name, args.as_slice()) {
            (op::LOGICAL_AND | op::LOGICAL_OR, [left, right]) => {
                self.needs(left, Type::Bool, name);
                self.needs(right, Type::Bool, name);
                Type::Bool
            }
            (op::LOGICAL_NOT, [inner]) => self.needs(inner, Type::Bool, "!"),
            (op::NOT_STRICTLY_FALSE, _) => Type::Bool,
            (op::CONDITIONAL, [condition, yes, no]) => {
                self.needs(condition, Type::Bool, "?:");
                let (yes, no) = (self.of(yes), self.of(no));
                self.join(yes, no)
            }
            (op::EQUALS | op::NOT_EQUALS, [left, right]) => {
                let (a, b) = (self.of(left), self.of(right));
                self.literal(&a, right);
                self.literal(&b, left);
                self.comparable(&a, &b, false);
                Type::Bool
            }
            (op::LESS | op::LESS_EQUALS | op::GREATER | op::GREATER_EQUALS, [left, right]) => {
                let (a, b) = (self.of(left), self.of(right));
                self.literal(&a, right);
                self.literal(&b, left);
                self.comparable(&a, &b, true);
                Type::Bool
            }
            (op::ADD, [left, right]) => match (self.of(left), self.of(right)) {
                (Type::Any, _) | (_, Type::Any) => Type::Any,
                (Type::Number, Type::Number) => Type::Number,
                (a, b) if a.is_text() && b.is_text() => Type::Text,
                (Type::List(a), Type::List(b)) => Type::List(if *a == Type::Any { b } else { a }),
                (a, b) => self.unfit("+", &a, &b),
            },
            (op::SUBSTRACT | op::MULTIPLY | op::DIVIDE | op::MODULO, [left, right]) => {
                self.needs(left, Type::Number, name);
                self.needs(right, Type::Number, name)
            }
            (op::NEGATE, [inner]) => self.needs(inner, Type::Number, "-"),
            (op::IN, [needle, list]) => {
                let a = self.of(needle);
                match self.of(list) {
                    Type::List(item) => {
                        if let Tree::List(literals) = &list.expr {
                            for literal in &literals.elements {
                                self.literal(&a, literal);
                            }
                        }
                        self.literal(&item, needle);
                        self.comparable(&a, &item, false);
                    }
                    Type::Any => {}
                    other => {
                        self.unfit("in", &a, &other);
                    }
                }
                Type::Bool
            }
            (op::INDEX, [list, at]) => {
                self.needs(at, Type::Number, "[]");
                match self.of(list) {
                    Type::List(item) => *item,
                    Type::Any => Type::Any,
                    other => self.unfit("[]", &other, &Type::Number),
                }
            }
            _ => self.function(call),
        }
    }

    pub(super) fn needs(
        &mut self,
        tree: &'s Expression,
        wanted: Type<'p>,
        operator: &str,
    ) -> Type<'p> {
        let found = self.of(tree);
        let good = found == Type::Any || found == wanted || wanted == Type::Text && found.is_text();
        if !good {
            let ((zh, en), (want_zh, want_en)) = (found.name(), wanted.name());
            let operator = operator.trim_matches('_');
            self.fault(
                "expr-type",
                say(
                    format!("`{operator}` 用于{want_zh}，这里是{zh}"),
                    format!("`{operator}` is for {want_en}, and here is {en}"),
                ),
                say(format!("换成{want_zh}"), format!("use {want_en}")),
            );
        }
        wanted
    }

    pub(super) fn unfit(&mut self, operator: &str, a: &Type<'p>, b: &Type<'p>) -> Type<'p> {
        let ((a_zh, a_en), (b_zh, b_en)) = (a.name(), b.name());
        let (zh, en) = if *b == Type::Null {
            (a_zh.to_owned(), a_en.to_owned())
        } else {
            (format!("{a_zh}和{b_zh}"), format!("{a_en} and {b_en}"))
        };
        self.fault(
            "expr-type",
            say(
                format!("`{operator}` 不能用于{zh}"),
                format!("`{operator}` is not for {en}"),
            ),
            say(
                "检查两边的字段类型",
                "look at the types of the fields on both sides",
            ),
        )
    }

    fn comparable(&mut self, a: &Type<'p>, b: &Type<'p>, order: bool) {
        let good = match (a, b) {
            (Type::Any, _) | (_, Type::Any) => true,
            (Type::Null, _) | (_, Type::Null) => !order,
            (Type::Number, Type::Number)
            | (Type::Date, Type::Date)
            | (Type::Time, Type::Time)
            | (Type::Instant, Type::Instant) => true,
            // A literal date or time is a text; `literal` has looked at it.
            (Type::Date | Type::Time | Type::Instant, Type::Text)
            | (Type::Text, Type::Date | Type::Time | Type::Instant) => true,
            (Type::Bool, Type::Bool) | (Type::List(_), Type::List(_)) => !order,
            (a, b) if a.is_text() && b.is_text() => {
                !order || matches!((a, b), (Type::Text, Type::Text))
            }
            _ => false,
        };
        if !good {
            self.unfit(if order { "<" } else { "==" }, a, b);
        }
    }

    /// A literal compared with something of a closed set: it has to belong to it.
    fn literal(&mut self, of: &Type<'p>, tree: &'s Expression) {
        let Some(text) = text_of(tree) else { return };
        let form = match of {
            Type::Code(codes) => {
                let lost = !codes.table.is_empty()
                    && self
                        .check
                        .shaped
                        .is_lost(&format!("{}/{text}", codes.table));
                if codes.groups.contains(&text) {
                    self.fault(
                        "expr-option",
                        say(
                            format!("`{text}` 是一组选项，不是选项"),
                            format!("`{text}` is a group, no option"),
                        ),
                        say(
                            format!("写 within(字段, '{text}')"),
                            format!("write within(field, '{text}')"),
                        ),
                    );
                } else if !codes.codes.contains(&text) && !lost {
                    self.fault(
                        "expr-option",
                        say(
                            format!("没有选项 `{text}`"),
                            format!("there is no option `{text}`"),
                        ),
                        instead(text, codes.codes.iter().copied()),
                    );
                }
                return;
            }
            Type::Date => (text.parse::<jiff::civil::Date>().is_ok(), "'2026-03-02'"),
            Type::Time => (text.parse::<jiff::civil::Time>().is_ok(), "'16:50'"),
            Type::Instant => (
                text.parse::<jiff::Timestamp>().is_ok(),
                "'2026-03-02T16:50:00+08:00'",
            ),
            _ => return,
        };
        if !form.0 {
            let (zh, en) = of.name();
            self.fault(
                "expr-type",
                say(
                    format!("`{text}` 不是{zh}"),
                    format!("`{text}` is not {en}"),
                ),
                say(
                    format!("写成 {}", form.1),
                    format!("write it as {}", form.1),
                ),
            );
        }
    }

    fn join(&mut self, yes: Type<'p>, no: Type<'p>) -> Type<'p> {
        match (yes, no) {
            (Type::Any | Type::Null, other) | (other, Type::Any | Type::Null) => other,
            (Type::List(a), Type::List(b)) => Type::List(if *a == Type::Any { b } else { a }),
            (a, b) if a == b => a,
            (a, b) if a.is_text() && b.is_text() => Type::Text,
            (a, b) => self.unfit("?:", &a, &b),
        }
    }
}

/// The literal text, where the tree is one.
pub(super) fn text_of(tree: &Expression) -> Option<&str> {
    match &tree.expr {
        Tree::Literal(LiteralValue::String(text)) => Some(text.inner()),
        _ => None,
    }
}
