//! Many rows in few statements, and few different ones: a database prepares each text of a statement once.

const SIZES: [usize; 4] = [64, 16, 4, 1];

/// Cuts rows into portions of a few fixed sizes.
pub(crate) fn portions<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let size = SIZES.into_iter().find(|size| *size <= rows.len())?;
        let (portion, rest) = rows.split_at(size);
        rows = rest;
        Some(portion)
    })
}

#[cfg(test)]
mod tests {
    use super::portions;

    #[test]
    fn every_row_is_in_one_portion_and_in_order() {
        for count in 0..200 {
            let rows: Vec<usize> = (0..count).collect();
            assert_eq!(portions(&rows).flatten().copied().collect::<Vec<_>>(), rows);
            assert!(portions(&rows).all(|portion| [1, 4, 16, 64].contains(&portion.len())));
        }
    }
}
