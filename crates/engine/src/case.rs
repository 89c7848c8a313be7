use std::borrow::Cow;

use gewang_pack::{EvalError, Expr, Scope, Span, Subjects};
use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::{
    Record, Setup,
    setup::{Plan, Rule, is_choice},
};

/// A record as it is or would be, as expressions and decision tables ask it.
pub(crate) struct Case<'a> {
    pub setup: &'a Setup,
    pub plan: &'a Plan,
    /// What it holds.
    pub fields: Option<&'a Map<String, Value>>,
    /// What is laid over that; null takes away.
    pub over: Option<&'a Map<String, Value>>,
    /// Personal fields at hand, and only while they are.
    pub personal: Option<&'a Map<String, Value>>,
    pub state: &'a str,
    pub cell: &'a str,
    /// The instant that decides between working time and other time.
    pub time: Timestamp,
}

static NULL: Value = Value::Null;

impl<'a> Case<'a> {
    pub fn of(setup: &'a Setup, plan: &'a Plan, record: &'a Record, time: Timestamp) -> Self {
        Case {
            setup,
            plan,
            fields: Some(&record.fields),
            over: None,
            personal: None,
            state: &record.state,
            cell: &record.cell,
            time,
        }
    }

    pub fn field(&self, name: &str) -> &'a Value {
        let find = |map: Option<&'a Map<String, Value>>| map.and_then(|map| map.get(name));
        find(self.over)
            .or_else(|| find(self.personal))
            .or_else(|| find(self.fields))
            .unwrap_or(&NULL)
    }

    /// Whether a condition holds. One that has no value (a division by an empty figure) does not.
    pub fn test(&self, expr: &Expr) -> bool {
        expr.test(self).unwrap_or(false)
    }

    /// The span that a rule gives, where what it depends on is known.
    pub fn span(&self, rule: &Rule) -> Option<Span> {
        match rule {
            Rule::Fixed(span) => Some(*span),
            Rule::Limit => self.limit(),
            Rule::Depends(expr) => self.evaluate(expr).ok(),
        }
    }

    pub fn evaluate(&self, expr: &Expr) -> Result<Span, EvalError> {
        expr.span(self)
    }
}

impl Scope for Case<'_> {
    fn value(&self, name: &str) -> Cow<'_, Value> {
        let kind = self.plan.kind();
        if kind.fields.contains_key(name) {
            return Cow::Borrowed(self.field(name));
        }
        match name {
            "state" => Cow::Owned(Value::from(self.state)),
            "cell" => Cow::Owned(Value::from(self.cell)),
            "stage" => {
                let stage = kind.states.get(self.state).and_then(|state| state.stage);
                Cow::Owned(serde_json::to_value(stage).unwrap_or(Value::Null))
            }
            _ => Cow::Borrowed(&NULL),
        }
    }

    fn limit(&self) -> Option<Span> {
        self.plan.limits.lookup(self).map(|(_, span)| *span)
    }

    fn within(&self, value: &str, group: &str) -> bool {
        self.plan.pack.within(value, group)
    }
}

impl Subjects for Case<'_> {
    fn holds(&self, subject: &str, value: &str) -> bool {
        match subject {
            "cell" => self.setup.grid().covers(value, self.cell),
            "time" => (value == "working") == self.setup.calendar().is_working(self.time),
            field => match self.field(field) {
                Value::String(option) => self.plan.pack.within(option, value),
                Value::Array(options) => options
                    .iter()
                    .filter_map(Value::as_str)
                    .any(|option| self.plan.pack.within(option, value)),
                _ => false,
            },
        }
    }

    fn inside(&self, subject: &str, narrow: &str, wide: &[String]) -> bool {
        match subject {
            "cell" => wide
                .iter()
                .any(|above| self.setup.grid().covers(above, narrow)),
            "time" => wide.iter().any(|period| period == narrow),
            field => {
                let list = self
                    .plan
                    .kind()
                    .fields
                    .get(field)
                    .filter(|field| is_choice(field));
                list.and_then(|field| field.of.as_deref())
                    .is_some_and(|list| self.plan.pack.inside(list, narrow, wide))
            }
        }
    }
}

/// One row of a table field, as the conditions of its columns ask it.
pub(crate) struct RowCase<'a> {
    pub row: &'a Map<String, Value>,
    pub plan: &'a Plan,
}

impl Scope for RowCase<'_> {
    fn value(&self, name: &str) -> Cow<'_, Value> {
        Cow::Borrowed(self.row.get(name).unwrap_or(&NULL))
    }

    fn limit(&self) -> Option<Span> {
        None
    }

    fn within(&self, value: &str, group: &str) -> bool {
        self.plan.pack.within(value, group)
    }
}
