use std::{error::Error as Fault, fmt};

use bytes::{BufMut, BytesMut};
use jiff::Timestamp;
use rusqlite::types::{ToSqlOutput, ValueRef};
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use uuid::Uuid;

/// The value of a parameter, borrowed.
#[derive(Clone, Copy)]
pub(crate) enum Given<'a> {
    Null,
    Int(i64),
    /// The bytes of a text.
    Text(&'a [u8]),
    Bytes(&'a [u8]),
    /// As its hyphenated text.
    Id(Uuid),
}

/// Bytes of a text, put together of texts, that need no proof of it.
pub(crate) struct Text<'t>(pub &'t [u8]);

/// The parameters of a statement: `given![domain, id, at]`.
macro_rules! given {
    ($($value:expr),* $(,)?) => {
        [$($crate::link::Given::from($value)),*]
    };
}
pub(crate) use given;

impl<'a> From<&'a str> for Given<'a> {
    fn from(text: &'a str) -> Self {
        Given::Text(text.as_bytes())
    }
}

impl<'a> From<&'a String> for Given<'a> {
    fn from(text: &'a String) -> Self {
        Given::Text(text.as_bytes())
    }
}

impl<'a> From<Text<'a>> for Given<'a> {
    fn from(text: Text<'a>) -> Self {
        Given::Text(text.0)
    }
}

impl<'a> From<&'a [u8]> for Given<'a> {
    fn from(bytes: &'a [u8]) -> Self {
        Given::Bytes(bytes)
    }
}

impl<'a> From<&'a Vec<u8>> for Given<'a> {
    fn from(bytes: &'a Vec<u8>) -> Self {
        Given::Bytes(bytes)
    }
}

impl<'a> From<&'a [u8; 32]> for Given<'a> {
    fn from(bytes: &'a [u8; 32]) -> Self {
        Given::Bytes(bytes)
    }
}

impl From<i64> for Given<'_> {
    fn from(number: i64) -> Self {
        Given::Int(number)
    }
}

impl From<i32> for Given<'_> {
    fn from(number: i32) -> Self {
        Given::Int(number.into())
    }
}

/// Sequence numbers, versions and counts: none comes near the end of an `i64`.
impl From<u64> for Given<'_> {
    fn from(number: u64) -> Self {
        Given::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<usize> for Given<'_> {
    fn from(number: usize) -> Self {
        Given::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

/// 0 or 1 on both engines.
impl From<bool> for Given<'_> {
    fn from(yes: bool) -> Self {
        Given::Int(yes.into())
    }
}

/// Microseconds since 1970.
impl From<Timestamp> for Given<'_> {
    fn from(at: Timestamp) -> Self {
        Given::Int(at.as_microsecond())
    }
}

impl From<Uuid> for Given<'_> {
    fn from(id: Uuid) -> Self {
        Given::Id(id)
    }
}

impl<'a, T: Into<Given<'a>>> From<Option<T>> for Given<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Given::Null, Into::into)
    }
}

impl<'a> From<&'a Option<String>> for Given<'a> {
    fn from(text: &'a Option<String>) -> Self {
        text.as_deref().into()
    }
}

impl Given<'_> {
    /// Puts the value into a statement of SQLite, which copies texts and bytes, but makes none.
    pub fn bind(
        &self,
        statement: &mut rusqlite::Statement<'_>,
        place: usize,
    ) -> rusqlite::Result<()> {
        struct Borrowed<'b>(ValueRef<'b>);
        impl rusqlite::ToSql for Borrowed<'_> {
            fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
                Ok(ToSqlOutput::Borrowed(self.0))
            }
        }
        let mut buffer = [0; 36];
        let value = match *self {
            Given::Null => ValueRef::Null,
            Given::Int(number) => ValueRef::Integer(number),
            Given::Text(text) => ValueRef::Text(text),
            Given::Bytes(bytes) => ValueRef::Blob(bytes),
            Given::Id(id) => ValueRef::Text(id.hyphenated().encode_lower(&mut buffer).as_bytes()),
        };
        statement.raw_bind_parameter(place, Borrowed(value))
    }

    /// What PostgreSQL takes it for where it is not asked first.
    pub fn kind(&self) -> Type {
        match self {
            Given::Null => Type::UNKNOWN,
            Given::Int(_) => Type::INT8,
            Given::Text(_) | Given::Id(_) => Type::TEXT,
            Given::Bytes(_) => Type::BYTEA,
        }
    }
}

/// What kind it is of, never what it says: the driver logs parameters.
impl fmt::Debug for Given<'_> {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Given::Null => "nothing",
            Given::Int(_) => "a number",
            Given::Text(_) => "a text",
            Given::Bytes(_) => "bytes",
            Given::Id(_) => "an id",
        })
    }
}

impl ToSql for Given<'_> {
    fn to_sql(
        &self,
        kind: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn Fault + Sync + Send>> {
        let is_text = matches!(
            *kind,
            Type::TEXT | Type::VARCHAR | Type::NAME | Type::UNKNOWN
        );
        match *self {
            Given::Null => return Ok(IsNull::Yes),
            Given::Int(number) if *kind == Type::INT8 => out.put_i64(number),
            Given::Int(number) if *kind == Type::INT4 => out.put_i32(number.try_into()?),
            Given::Text(text) if is_text => out.put_slice(text),
            Given::Id(id) if is_text => {
                out.put_slice(id.hyphenated().encode_lower(&mut [0; 36]).as_bytes());
            }
            Given::Bytes(bytes) if *kind == Type::BYTEA => out.put_slice(bytes),
            _ => return Err(format!("{self:?} where {kind} is wanted").into()),
        }
        Ok(IsNull::No)
    }

    /// Every type, since what fits depends on the value.
    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// A value that outlives the question, or the row. Ordered as both engines order values of one kind.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Owned {
    Null,
    Int(i64),
    Text(Box<[u8]>),
    Bytes(Box<[u8]>),
    Id(Uuid),
}

impl Owned {
    pub fn of(given: &Given<'_>) -> Owned {
        match *given {
            Given::Null => Owned::Null,
            Given::Int(number) => Owned::Int(number),
            Given::Text(text) => Owned::Text(text.into()),
            Given::Bytes(bytes) => Owned::Bytes(bytes.into()),
            Given::Id(id) => Owned::Id(id),
        }
    }

    pub fn given(&self) -> Given<'_> {
        match self {
            Owned::Null => Given::Null,
            Owned::Int(number) => Given::Int(*number),
            Owned::Text(text) => Given::Text(text),
            Owned::Bytes(bytes) => Given::Bytes(bytes),
            Owned::Id(id) => Given::Id(*id),
        }
    }
}
