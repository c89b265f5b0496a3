//! The fuzzer's bytes as a list of decisions. Once they are used up, every decision is the first choice.

pub struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    /// A number below `end`, read from no more bytes than that takes.
    pub fn below(&mut self, end: usize) -> usize {
        let (mut number, mut reach) = (usize::from(self.byte()), 1 << 8);
        while reach < end {
            number = number << 8 | usize::from(self.byte());
            reach <<= 8;
        }
        number % end.max(1)
    }

    /// One of several; there must be one.
    pub fn pick<'v, T>(&mut self, from: &'v [T]) -> &'v T {
        &from[self.below(from.len())]
    }

    /// Some text, its length first.
    pub fn text(&mut self) -> String {
        let length = usize::from(self.byte()).min(self.0.len());
        let (text, rest) = self.0.split_at(length);
        self.0 = rest;
        String::from_utf8_lossy(text).into_owned()
    }

    /// All that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.0)
    }
}
