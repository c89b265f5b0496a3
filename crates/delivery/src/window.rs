//! How many attempts an endpoint gets at once: few at first, more while it answers, one when it fails. A receiver that
//! comes back is not run over, and one that hangs does not hold the places of others.

const FIRST: usize = 4;

#[derive(Debug)]
pub(crate) struct Window {
    size: usize,
    most: usize,
    under_way: usize,
}

impl Window {
    pub(crate) fn new(most: usize) -> Self {
        let most = most.max(1);
        Self { size: FIRST.min(most), most, under_way: 0 }
    }

    /// For one attempt more than those under way and those about to be.
    pub(crate) fn has_room(&self, coming: usize) -> bool {
        self.under_way + coming < self.size
    }

    pub(crate) fn enter(&mut self) {
        self.under_way += 1;
    }

    pub(crate) fn leave(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    pub(crate) fn succeeded(&mut self) {
        self.size = (self.size + 1).min(self.most);
    }

    pub(crate) fn failed(&mut self) {
        self.size = (self.size / 2).max(1);
    }

    /// Begins small again.
    pub(crate) fn reset(&mut self) {
        self.size = 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_with_success_and_shrinks_with_failure() {
        let mut window = Window::new(32);
        for _ in 0..FIRST {
            assert!(window.has_room(0));
            window.enter();
        }
        assert!(!window.has_room(0));
        for _ in 0..100 {
            window.succeeded();
        }
        assert_eq!(window.size, 32);
        for _ in 0..10 {
            window.failed();
        }
        assert_eq!(window.size, 1);
        for _ in 0..FIRST {
            window.leave();
        }
        assert!(window.has_room(0));
    }
}
