//! Evaluates the syntax trees of CEL.
//!
//! The parser is the `cel` crate's; evaluation is our own, because a pack's expression has to be cheaper and tamer than
//! CEL at large: it reads a record without copying it, knows one sort of number (JSON's), tells an empty field from a
//! mistake, has working time among its values, and takes a bounded number of steps.

use std::borrow::Cow;
use std::cmp::Ordering;

use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, LiteralValue, operators as op};
use cel::parser::Expression;
use serde_json::Value;

use crate::expr::{Datum, EvalError, Scope};
use crate::{Span, SpanUnit};

/// Steps that one evaluation may take: more than any sensible expression needs over tables of a hundred rows.
const MAX_STEPS: u32 = 100_000;

type Found<'a> = Result<Datum<'a>, EvalError>;

/// One evaluation over one scope.
pub(crate) struct Evaluation<'a> {
    scope: &'a dyn Scope,
    /// What `all`, `exists`, … have bound, innermost last. An error is kept: `[1, 0].exists(n, 1 / n > 0)` holds.
    bound: Vec<(&'a str, Found<'a>)>,
    steps: u32,
}

impl<'a> Evaluation<'a> {
    pub fn new(scope: &'a dyn Scope) -> Self {
        Evaluation {
            scope,
            bound: Vec::new(),
            steps: 0,
        }
    }

    /// The value of the tree.
    pub fn of(&mut self, tree: &'a Expression) -> Found<'a> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return Err(EvalError::TooLong);
        }
        match &tree.expr {
            Expr::Literal(literal) => literal_value(literal),
            Expr::Ident(name) => self.name(name),
            Expr::Call(call) => self.call(call),
            Expr::List(list) => {
                let mut items = Vec::with_capacity(list.elements.len());
                for element in &list.elements {
                    items.push(json(self.of(element)?)?.into_owned());
                }
                Ok(Datum::Json(Cow::Owned(Value::Array(items))))
            }
            Expr::Select(select) => {
                let inner = match json(self.of(&select.operand)?)? {
                    Cow::Borrowed(value) => match value {
                        Value::Object(row) => row
                            .get(&select.field)
                            .map_or(Cow::Owned(Value::Null), Cow::Borrowed),
                        Value::Null => Cow::Owned(Value::Null),
                        _ => return Err(EvalError::Type(format!(".{}", select.field))),
                    },
                    Cow::Owned(Value::Object(mut row)) => {
                        Cow::Owned(row.get_mut(&select.field).map_or(Value::Null, Value::take))
                    }
                    Cow::Owned(Value::Null) => Cow::Owned(Value::Null),
                    Cow::Owned(_) => return Err(EvalError::Type(format!(".{}", select.field))),
                };
                if select.test {
                    Ok(truth(!inner.is_null()))
                } else {
                    Ok(Datum::Json(inner))
                }
            }
            Expr::Comprehension(fold) => self.fold(fold),
            Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                Err(EvalError::Unknown("{…}".into()))
            }
        }
    }

    fn name(&self, name: &str) -> Found<'a> {
        match self.bound.iter().rev().find(|(bound, _)| *bound == name) {
            Some((_, found)) => found.clone(),
            None => Ok(Datum::Json(self.scope.value(name))),
        }
    }

    fn fold(&mut self, fold: &'a ComprehensionExpr) -> Found<'a> {
        let items: Vec<Cow<'a, Value>> = match json(self.of(&fold.iter_range)?)? {
            Cow::Borrowed(Value::Array(items)) => items.iter().map(Cow::Borrowed).collect(),
            Cow::Owned(Value::Array(items)) => items.into_iter().map(Cow::Owned).collect(),
            // A list that nobody has filled in has no items.
            value if value.is_null() => Vec::new(),
            _ => return Err(EvalError::Type("a list's macro".into())),
        };
        let depth = self.bound.len();
        let mut so_far = self.of(&fold.accu_init);
        for item in items {
            self.bound.push((&fold.accu_var, so_far.clone()));
            let go_on = self.of(&fold.loop_cond);
            if matches!(go_on, Ok(Datum::Json(ref value)) if **value == Value::Bool(false)) {
                self.bound.truncate(depth);
                break;
            }
            self.bound.push((&fold.iter_var, Ok(Datum::Json(item))));
            so_far = self.of(&fold.loop_step);
            self.bound.truncate(depth);
            if matches!(so_far, Err(EvalError::TooLong)) {
                return so_far;
            }
        }
        self.bound.push((&fold.accu_var, so_far));
        let result = self.of(&fold.result);
        self.bound.truncate(depth);
        result
    }

    fn call(&mut self, call: &'a CallExpr) -> Found<'a> {
        let arg = |at: usize| {
            call.args
                .get(at)
                .ok_or_else(|| EvalError::Type(call.func_name.clone()))
        };
        match call.func_name.as_str() {
            op::LOGICAL_AND => self.both(arg(0)?, arg(1)?, false),
            op::LOGICAL_OR => self.both(arg(0)?, arg(1)?, true),
            op::LOGICAL_NOT => Ok(truth(!self.condition(arg(0)?)?)),
            op::NOT_STRICTLY_FALSE => Ok(truth(self.condition(arg(0)?).unwrap_or(true))),
            op::CONDITIONAL => {
                let branch = if self.condition(arg(0)?)? { 1 } else { 2 };
                self.of(arg(branch)?)
            }
            op::EQUALS => Ok(truth(equal(&self.of(arg(0)?)?, &self.of(arg(1)?)?))),
            op::NOT_EQUALS => Ok(truth(!equal(&self.of(arg(0)?)?, &self.of(arg(1)?)?))),
            op::LESS => self.ordered(arg(0)?, arg(1)?, Ordering::is_lt),
            op::LESS_EQUALS => self.ordered(arg(0)?, arg(1)?, Ordering::is_le),
            op::GREATER => self.ordered(arg(0)?, arg(1)?, Ordering::is_gt),
            op::GREATER_EQUALS => self.ordered(arg(0)?, arg(1)?, Ordering::is_ge),
            op::NEGATE => number(-self.figure(arg(0)?, "-")?),
            op::ADD => self.add(arg(0)?, arg(1)?),
            op::SUBSTRACT => number(self.figure(arg(0)?, "-")? - self.figure(arg(1)?, "-")?),
            op::MULTIPLY => number(self.figure(arg(0)?, "*")? * self.figure(arg(1)?, "*")?),
            op::DIVIDE | op::MODULO => {
                let (over, under) = (self.figure(arg(0)?, "/")?, self.figure(arg(1)?, "/")?);
                match (under == 0.0, call.func_name == op::DIVIDE) {
                    (true, _) => Err(EvalError::Zero),
                    (false, true) => number(over / under),
                    (false, false) => number(over % under),
                }
            }
            op::IN => {
                let (needle, list) = (self.of(arg(0)?)?, json(self.of(arg(1)?)?)?);
                match &*list {
                    Value::Array(items) => {
                        Ok(truth(items.iter().any(|item| {
                            equal(&needle, &Datum::Json(Cow::Borrowed(item)))
                        })))
                    }
                    Value::Null => Ok(truth(false)),
                    _ => Err(EvalError::Type("in".into())),
                }
            }
            op::INDEX => {
                let (list, at) = (json(self.of(arg(0)?)?)?, self.figure(arg(1)?, "[]")?);
                let Value::Array(items) = &*list else {
                    return Err(wrong(&list, "[]"));
                };
                if at < 0.0 || at.fract() != 0.0 || at >= items.len() as f64 {
                    return Err(EvalError::Range(format!("[{at}]")));
                }
                Ok(Datum::Json(match list {
                    Cow::Borrowed(Value::Array(items)) => Cow::Borrowed(&items[at as usize]),
                    _ => Cow::Owned(list[at as usize].clone()),
                }))
            }
            "limit" => Ok(self
                .scope
                .limit()
                .map_or(Datum::Json(Cow::Owned(Value::Null)), Datum::Span)),
            "within" => {
                let (value, group) = (json(self.of(arg(0)?)?)?, self.text(arg(1)?, "within")?);
                let inside = |option: &str| self.scope.within(option, &group);
                match &*value {
                    Value::String(option) => Ok(truth(inside(option))),
                    Value::Array(options) => {
                        Ok(truth(options.iter().filter_map(Value::as_str).any(inside)))
                    }
                    Value::Null => Ok(truth(false)),
                    _ => Err(EvalError::Type("within".into())),
                }
            }
            "size" => {
                let whole = call.target.as_deref().map_or_else(|| arg(0), Ok)?;
                match &*json(self.of(whole)?)? {
                    Value::Array(items) => number(items.len() as f64),
                    Value::String(text) => number(text.chars().count() as f64),
                    Value::Null => number(0.0),
                    _ => Err(EvalError::Type("size".into())),
                }
            }
            "string" => {
                let value = json(self.of(arg(0)?)?)?;
                match &*value {
                    Value::String(_) => Ok(Datum::Json(value)),
                    Value::Bool(_) | Value::Number(_) => {
                        Ok(Datum::Json(Cow::Owned(Value::String(value.to_string()))))
                    }
                    other => Err(wrong(other, "string")),
                }
            }
            name @ ("contains" | "startsWith" | "endsWith") => {
                let Some(target) = call.target.as_deref() else {
                    return Err(EvalError::Type(name.into()));
                };
                let (text, part) = (self.text(target, name)?, self.text(arg(0)?, name)?);
                Ok(truth(match name {
                    "contains" => text.contains(&part),
                    "startsWith" => text.starts_with(&part),
                    _ => text.ends_with(&part),
                }))
            }
            name => match span_unit(name) {
                Some(unit) => {
                    let count = self.figure(arg(0)?, name)?;
                    if count.fract() != 0.0 || !(0.0..=100_000.0).contains(&count) {
                        return Err(EvalError::Range(format!("{name}({count})")));
                    }
                    Ok(Datum::Span(Span {
                        count: count as u32,
                        unit,
                    }))
                }
                None => Err(EvalError::Unknown(name.into())),
            },
        }
    }

    /// `&&` (decided by false) and `||` (decided by true): the side that decides wins even where the other has no value.
    fn both(&mut self, left: &'a Expression, right: &'a Expression, decides: bool) -> Found<'a> {
        let left = self.condition(left);
        if left == Ok(decides) {
            return Ok(truth(decides));
        }
        match (left, self.condition(right)) {
            (_, Ok(right)) if right == decides => Ok(truth(decides)),
            (Ok(_), Ok(_)) => Ok(truth(!decides)),
            (Err(error), _) | (_, Err(error)) => Err(error),
        }
    }

    fn condition(&mut self, tree: &'a Expression) -> Result<bool, EvalError> {
        match &*json(self.of(tree)?)? {
            Value::Bool(holds) => Ok(*holds),
            other => Err(wrong(other, "a condition")),
        }
    }

    fn figure(&mut self, tree: &'a Expression, operator: &str) -> Result<f64, EvalError> {
        let value = json(self.of(tree)?)?;
        value.as_f64().ok_or_else(|| wrong(&value, operator))
    }

    fn text(&mut self, tree: &'a Expression, operator: &str) -> Result<String, EvalError> {
        match json(self.of(tree)?)? {
            Cow::Owned(Value::String(text)) => Ok(text),
            value => value
                .as_str()
                .map(str::to_owned)
                .ok_or_else(|| wrong(&value, operator)),
        }
    }

    fn add(&mut self, left: &'a Expression, right: &'a Expression) -> Found<'a> {
        let (left, right) = (json(self.of(left)?)?, json(self.of(right)?)?);
        match (&*left, &*right) {
            (Value::Number(_), Value::Number(_)) => {
                number(left.as_f64().unwrap_or(f64::NAN) + right.as_f64().unwrap_or(f64::NAN))
            }
            (Value::String(a), Value::String(b)) => {
                Ok(Datum::Json(Cow::Owned(Value::String(format!("{a}{b}")))))
            }
            (Value::Array(a), Value::Array(b)) => {
                self.steps = self.steps.saturating_add(a.len() as u32);
                Ok(Datum::Json(Cow::Owned(Value::Array(
                    a.iter().chain(b).cloned().collect(),
                ))))
            }
            (Value::Null, _) | (_, Value::Null) => Err(EvalError::Empty),
            _ => Err(EvalError::Type("+".into())),
        }
    }

    fn ordered(
        &mut self,
        left: &'a Expression,
        right: &'a Expression,
        accept: fn(Ordering) -> bool,
    ) -> Found<'a> {
        let (left, right) = (json(self.of(left)?)?, json(self.of(right)?)?);
        let order = match (&*left, &*right) {
            (Value::Number(_), Value::Number(_)) => left.as_f64().partial_cmp(&right.as_f64()),
            (Value::String(a), Value::String(b)) => Some(match (instant(a), instant(b)) {
                (Some(a), Some(b)) => a.cmp(&b),
                _ => a.cmp(b),
            }),
            (Value::Null, _) | (_, Value::Null) => return Err(EvalError::Empty),
            _ => None,
        };
        order
            .map(|order| truth(accept(order)))
            .ok_or_else(|| EvalError::Type("a comparison".into()))
    }
}

/// The unit of a function that makes a span.
pub(crate) fn span_unit(function: &str) -> Option<SpanUnit> {
    match function {
        "minutes" => Some(SpanUnit::Minutes),
        "hours" => Some(SpanUnit::Hours),
        "days" => Some(SpanUnit::Days),
        "workhours" => Some(SpanUnit::Workhours),
        "workdays" => Some(SpanUnit::Workdays),
        _ => None,
    }
}

fn literal_value<'a>(literal: &'a LiteralValue) -> Found<'a> {
    Ok(Datum::Json(Cow::Owned(match literal {
        LiteralValue::Boolean(value) => Value::Bool(*value.inner()),
        LiteralValue::Int(value) => Value::from(*value.inner()),
        LiteralValue::UInt(value) => Value::from(*value.inner()),
        LiteralValue::Double(value) => Value::from(*value.inner()),
        LiteralValue::String(value) => Value::from(value.inner()),
        LiteralValue::Null => Value::Null,
        LiteralValue::Bytes(_) => return Err(EvalError::Unknown("b'…'".into())),
    })))
}

fn json(datum: Datum<'_>) -> Result<Cow<'_, Value>, EvalError> {
    match datum {
        Datum::Json(value) => Ok(value),
        Datum::Span(_) => Err(EvalError::Type("a span".into())),
    }
}

fn truth<'a>(holds: bool) -> Datum<'a> {
    Datum::Json(Cow::Owned(Value::Bool(holds)))
}

/// A figure as a value: whole where it is whole, so that `string(n)` reads as people write it.
fn number<'a>(figure: f64) -> Found<'a> {
    let value = if figure.fract() == 0.0 && figure.abs() < 9e15 {
        Value::from(figure as i64)
    } else if figure.is_finite() {
        Value::from(figure)
    } else {
        return Err(EvalError::Range("a number".into()));
    };
    Ok(Datum::Json(Cow::Owned(value)))
}

fn wrong(value: &Value, operator: &str) -> EvalError {
    if value.is_null() {
        EvalError::Empty
    } else {
        EvalError::Type(operator.into())
    }
}

/// The instant that a text with an offset names; dates and times of day compare as texts.
fn instant(text: &str) -> Option<jiff::Timestamp> {
    if text.len() < 20 {
        None
    } else {
        text.parse().ok()
    }
}

fn equal(left: &Datum<'_>, right: &Datum<'_>) -> bool {
    match (left, right) {
        (Datum::Span(a), Datum::Span(b)) => a == b,
        (Datum::Json(a), Datum::Json(b)) => equal_json(a, b),
        _ => false,
    }
}

fn equal_json(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(_), Value::Number(_)) => left.as_f64() == right.as_f64(),
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal_json(a, b))
        }
        (Value::String(a), Value::String(b)) => {
            a == b || matches!((instant(a), instant(b)), (Some(a), Some(b)) if a == b)
        }
        _ => left == right,
    }
}
