use std::error::Error as Fault;

use jiff::Timestamp;
use rusqlite::types::ValueRef;
use tokio_postgres::types::{FromSql, Type};
use uuid::Uuid;

use super::Owned;
use crate::Error;

/// One row of an answer.
pub(crate) enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r tokio_postgres::Row),
}

/// What stands in a column, borrowed from the row.
#[derive(Clone, Copy)]
pub(crate) enum Value<'r> {
    Null,
    Int(i64),
    Text(&'r str),
    Bytes(&'r [u8]),
}

/// What can be read from a column.
pub(crate) trait Get: Sized {
    /// `None` where the column holds something else.
    fn get(value: Value<'_>) -> Option<Self>;
}

impl Row<'_> {
    /// What stands in a column, counted from 0.
    pub fn get<T: Get>(&self, column: usize) -> Result<T, Error> {
        T::get(self.value(column)?).ok_or_else(|| strange(column))
    }

    /// The text in a column, not copied.
    pub fn text(&self, column: usize) -> Result<&str, Error> {
        match self.value(column)? {
            Value::Text(text) => Ok(text),
            _ => Err(strange(column)),
        }
    }

    fn value(&self, column: usize) -> Result<Value<'_>, Error> {
        match self {
            Row::Sqlite(row) => match row.get_ref(column)? {
                ValueRef::Null => Ok(Value::Null),
                ValueRef::Integer(number) => Ok(Value::Int(number)),
                ValueRef::Blob(bytes) => Ok(Value::Bytes(bytes)),
                ValueRef::Text(text) => match std::str::from_utf8(text) {
                    Ok(text) => Ok(Value::Text(text)),
                    Err(_) => Err(strange(column)),
                },
                ValueRef::Real(_) => Err(strange(column)),
            },
            Row::Postgres(row) => Ok(row.try_get(column)?),
        }
    }
}

/// A column that holds what it can't hold was changed beside the store.
fn strange(column: usize) -> Error {
    Error::Inconsistent(format!("column {column} holds something of another kind"))
}

impl<'r> FromSql<'r> for Value<'r> {
    fn from_sql(kind: &Type, raw: &'r [u8]) -> Result<Self, Box<dyn Fault + Sync + Send>> {
        Ok(match *kind {
            Type::INT8 => Value::Int(i64::from_sql(kind, raw)?),
            Type::INT4 => Value::Int(i32::from_sql(kind, raw)?.into()),
            Type::BYTEA => Value::Bytes(raw),
            _ => Value::Text(std::str::from_utf8(raw)?),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn Fault + Sync + Send>> {
        Ok(Value::Null)
    }

    fn accepts(kind: &Type) -> bool {
        [
            Type::INT8,
            Type::INT4,
            Type::TEXT,
            Type::VARCHAR,
            Type::NAME,
            Type::BYTEA,
        ]
        .contains(kind)
    }
}

impl Get for i64 {
    fn get(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Int(number) => Some(number),
            _ => None,
        }
    }
}

impl Get for i32 {
    fn get(value: Value<'_>) -> Option<Self> {
        i64::get(value)?.try_into().ok()
    }
}

/// A counter.
impl Get for u64 {
    fn get(value: Value<'_>) -> Option<Self> {
        i64::get(value).map(i64::unsigned_abs)
    }
}

impl Get for bool {
    fn get(value: Value<'_>) -> Option<Self> {
        i64::get(value).map(|number| number != 0)
    }
}

impl Get for Timestamp {
    fn get(value: Value<'_>) -> Option<Self> {
        Timestamp::from_microsecond(i64::get(value)?).ok()
    }
}

impl Get for String {
    fn get(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Text(text) => Some(text.to_owned()),
            _ => None,
        }
    }
}

impl Get for Uuid {
    fn get(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Text(text) => text.parse().ok(),
            _ => None,
        }
    }
}

impl Get for Vec<u8> {
    fn get(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Bytes(bytes) => Some(bytes.to_owned()),
            _ => None,
        }
    }
}

impl Get for [u8; 32] {
    fn get(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Bytes(bytes) => bytes.try_into().ok(),
            _ => None,
        }
    }
}

impl Get for Owned {
    fn get(value: Value<'_>) -> Option<Self> {
        Some(match value {
            Value::Null => Owned::Null,
            Value::Int(number) => Owned::Int(number),
            Value::Text(text) => Owned::Text(text.as_bytes().into()),
            Value::Bytes(bytes) => Owned::Bytes(bytes.into()),
        })
    }
}

impl<T: Get> Get for Option<T> {
    fn get(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::get(value).map(Some),
        }
    }
}
