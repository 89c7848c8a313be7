use crate::value::short;

/// Where in a command something stands: a JSON Pointer (RFC 6901) that is written out only where something is refused.
#[derive(Clone, Copy)]
pub(crate) enum Pointer<'a> {
    /// A member of the command, with its slash.
    Member(&'static str),
    /// A member of what stands there.
    Name(&'a Pointer<'a>, &'a str),
    /// An item of the list that stands there.
    Index(&'a Pointer<'a>, usize),
}

/// The data of a command.
pub(crate) static DATA: Pointer<'static> = Pointer::Member("/data");

impl<'a> Pointer<'a> {
    pub fn name(&'a self, name: &'a str) -> Pointer<'a> {
        Pointer::Name(self, name)
    }

    pub fn index(&'a self, index: usize) -> Pointer<'a> {
        Pointer::Index(self, index)
    }
}

impl From<&Pointer<'_>> for String {
    fn from(pointer: &Pointer<'_>) -> String {
        match pointer {
            Pointer::Member(member) => (*member).to_owned(),
            Pointer::Name(above, name) => {
                let name = short(name).replace('~', "~0").replace('/', "~1");
                format!("{}/{name}", String::from(*above))
            }
            Pointer::Index(above, index) => format!("{}/{index}", String::from(*above)),
        }
    }
}

impl From<Pointer<'_>> for String {
    fn from(pointer: Pointer<'_>) -> String {
        String::from(&pointer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pointer_is_written_as_the_standard_says() {
        let rows = DATA.name("a/b~c");
        let row = rows.index(3);
        assert_eq!(String::from(row.name("x")), "/data/a~1b~0c/3/x");
    }
}
