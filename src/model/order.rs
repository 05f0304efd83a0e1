//! Putting large values in order: their places are sorted, and then each value is moved
//! to its place once, without a second list of them. What the order is, callers say.

/// Puts values in an order: `order[new]` is the place where the value is now that belongs
/// at `new`. Each place must be named once; of another list nothing is promised but that
/// all values are still there.
pub fn arrange<T>(values: &mut [T], mut order: Vec<usize>) {
    order.truncate(values.len());
    for start in 0..order.len() {
        // Along the circle of places that take their values from one another.
        let mut place = start;
        loop {
            let from = std::mem::replace(&mut order[place], place);
            if from == place || from == start || from >= order.len() {
                break;
            }
            values.swap(place, from);
            place = from;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn each_value_comes_to_its_place(keys in prop::collection::vec(0u8..20, 0..60)) {
            let mut values: Vec<(u8, usize)> = keys.into_iter().zip(0..).collect();
            let mut expected = values.clone();
            expected.sort_by_key(|(key, _)| *key);
            let mut order: Vec<usize> = (0..values.len()).collect();
            order.sort_by_key(|at| values[*at].0);
            arrange(&mut values, order);
            prop_assert_eq!(values, expected);
        }

        #[test]
        fn a_list_that_is_no_order_loses_nothing(order in prop::collection::vec(0usize..9, 0..9)) {
            let mut values: Vec<usize> = (0..7).collect();
            arrange(&mut values, order);
            values.sort_unstable();
            prop_assert!(values.into_iter().eq(0..7));
        }
    }
}
