use crate::Refusal;

/// Why deciding stopped: the command is refused, or the world could not be read.
pub(crate) enum Halt<E> {
    Refused(Box<Refusal>),
    Failed(E),
}

impl<E> From<Refusal> for Halt<E> {
    fn from(refusal: Refusal) -> Self {
        Halt::Refused(Box::new(refusal))
    }
}
