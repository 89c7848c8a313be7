use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use cel::common::ast;
use cel::parser::{Expression, Parser};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Span;
use crate::eval::Evaluation;

/// The longest expression, in characters. With the bound on nesting it bounds what evaluating one may cost.
pub(crate) const MAX_CHARS: usize = 1000;
/// The deepest nesting of an expression.
const MAX_DEPTH: u16 = 40;

/// A CEL expression. A checked pack's expressions all compile; the compiled form is kept beside the text.
///
/// It sees the fields of its kind by their ids (a field without a value is `null`), `state`, `stage` and `cell`; in the
/// `when` of a table's column the columns of the row. Besides CEL's operators, `size`, `contains`, `startsWith`,
/// `endsWith`, `string` and the macros `has`, `all`, `exists`, `exists_one`, `filter` and `map` there are:
///
/// - `minutes(n)`, `hours(n)`, `days(n)`, `workhours(n)`, `workdays(n)`: a span;
/// - `limit()`: the span that the kind's `limits` give for the record;
/// - `within(value, 'group')`: whether an option (or one of several) lies in a group of options.
///
/// Numbers are of one sort, as in JSON: there is no difference between `2` and `2.0`. There is no clock.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Expr {
    source: String,
    #[serde(skip)]
    compiled: OnceLock<Result<Arc<Expression>, String>>,
}

/// What an expression is evaluated over: a record as it is or would be.
pub trait Scope {
    /// The value of a field of the kind (JSON as [`crate::FieldType`] says), or of `state`, `stage`, `cell`; `Null` where
    /// there is none.
    fn value(&self, name: &str) -> Cow<'_, Value>;
    /// The span that the row of `limits` gives which holds for the record, if one does.
    fn limit(&self) -> Option<Span>;
    /// Whether the option `value` is or lies in the group `group`; [`crate::Pack::within`] knows.
    fn within(&self, value: &str, group: &str) -> bool;
}

/// Why an expression gives no value. In a checked pack only `Empty`, `Zero` and `Range` can happen.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum EvalError {
    /// The text is no expression.
    #[error("not an expression: {0}")]
    Syntax(String),
    /// It depends on a field that has no value yet.
    #[error("it depends on a field without a value")]
    Empty,
    /// An operator or function met a type that it is not for.
    #[error("{0} is not for such a value")]
    Type(String),
    /// A division by zero.
    #[error("division by zero")]
    Zero,
    /// A span out of range, or an index outside a list.
    #[error("{0} is out of range")]
    Range(String),
    /// Something that this language does not have.
    #[error("there is no `{0}` here")]
    Unknown(String),
    /// More steps than an expression may take.
    #[error("it takes too many steps")]
    TooLong,
}

/// What an expression gives.
#[derive(Clone, Debug, PartialEq)]
pub enum Datum<'a> {
    /// A value as in JSON.
    Json(Cow<'a, Value>),
    /// A length of time.
    Span(Span),
}

impl Expr {
    /// An expression from its text; it is parsed when it is first needed.
    pub fn new(source: impl Into<String>) -> Expr {
        Expr {
            source: source.into(),
            compiled: OnceLock::new(),
        }
    }

    /// The text as written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Parses it, once.
    pub fn compile(&self) -> Result<(), EvalError> {
        self.parsed().map(|_| ())
    }

    /// Whether the condition holds. One that cannot be decided because a field it depends on has no value does not.
    pub fn test(&self, scope: &dyn Scope) -> Result<bool, EvalError> {
        match self.value(scope) {
            Ok(Datum::Json(value)) => match &*value {
                Value::Bool(holds) => Ok(*holds),
                Value::Null => Ok(false),
                _ => Err(EvalError::Type("a condition".into())),
            },
            Ok(Datum::Span(_)) => Err(EvalError::Type("a condition".into())),
            Err(EvalError::Empty) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The span it gives; [`EvalError::Empty`] where a field it depends on has no value, or no row of `limits` holds.
    pub fn span(&self, scope: &dyn Scope) -> Result<Span, EvalError> {
        match self.value(scope)? {
            Datum::Span(span) => Ok(span),
            Datum::Json(value) if value.is_null() => Err(EvalError::Empty),
            Datum::Json(_) => Err(EvalError::Type("a deadline".into())),
        }
    }

    /// Whatever it gives.
    pub fn value<'a>(&'a self, scope: &'a dyn Scope) -> Result<Datum<'a>, EvalError> {
        Evaluation::new(scope).of(self.parsed()?)
    }

    /// The names it reads from the scope, in alphabetical order; names bound by `all`, `exists`, … are not among them.
    pub fn names(&self) -> Vec<&str> {
        let mut names = BTreeSet::new();
        if let Ok(parsed) = self.parsed() {
            free_names(parsed, &mut Vec::new(), &mut names);
        }
        names.into_iter().collect()
    }

    /// The syntax tree.
    pub(crate) fn parsed(&self) -> Result<&Expression, EvalError> {
        self.compiled
            .get_or_init(|| parse(&self.source).map(Arc::new))
            .as_deref()
            .map_err(|error| EvalError::Syntax(error.clone()))
    }
}

fn parse(source: &str) -> Result<Expression, String> {
    if source.chars().count() > MAX_CHARS {
        return Err(format!("longer than {MAX_CHARS} characters"));
    }
    if deepest(source) > usize::from(MAX_DEPTH) {
        return Err(format!("nested more than {MAX_DEPTH} levels deep"));
    }
    // The parser is generated code that promises nothing about nonsense; a pack must not bring the service down.
    let source = source.to_owned();
    let parsed =
        std::panic::catch_unwind(|| Parser::new().max_recursion_depth(MAX_DEPTH).parse(&source));
    match parsed {
        Ok(Ok(tree)) => Ok(tree),
        Ok(Err(errors)) => Err(errors
            .errors
            .iter()
            .map(|error| error.msg.trim_start_matches("Syntax error: ").to_owned())
            .next()
            .unwrap_or_else(|| "syntax error".into())),
        Err(_) => Err("syntax error".into()),
    }
}

/// The deepest nesting of brackets.
fn deepest(source: &str) -> usize {
    let (mut depth, mut most) = (0usize, 0);
    for c in source.chars() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        most = most.max(depth);
    }
    most
}

fn free_names<'e>(tree: &'e Expression, bound: &mut Vec<&'e str>, names: &mut BTreeSet<&'e str>) {
    match &tree.expr {
        ast::Expr::Ident(name) if !bound.contains(&name.as_str()) => {
            names.insert(name);
        }
        ast::Expr::Call(call) => {
            for part in call.target.iter().map(|t| &**t).chain(&call.args) {
                free_names(part, bound, names);
            }
        }
        ast::Expr::List(list) => {
            for element in &list.elements {
                free_names(element, bound, names);
            }
        }
        ast::Expr::Select(select) => free_names(&select.operand, bound, names),
        ast::Expr::Comprehension(fold) => {
            free_names(&fold.iter_range, bound, names);
            free_names(&fold.accu_init, bound, names);
            bound.push(&fold.iter_var);
            bound.push(&fold.accu_var);
            for part in [&fold.loop_cond, &fold.loop_step, &fold.result] {
                free_names(part, bound, names);
            }
            bound.truncate(bound.len() - 2);
        }
        _ => {}
    }
}

impl PartialEq for Expr {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

impl std::fmt::Debug for Expr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Expr({:?})", self.source)
    }
}

impl JsonSchema for Expr {
    fn schema_name() -> Cow<'static, str> {
        "Expr".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A CEL expression over the fields, `state`, `stage` and `cell`, with `workdays(n)`, `workhours(n)`, \
                            `days(n)`, `hours(n)`, `minutes(n)`, `limit()` and `within(value, 'group')`.",
            "examples": ["severity == 'urgent' ? workhours(4) : workdays(5)"],
        })
    }
}
