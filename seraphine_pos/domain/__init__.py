"""What is true in a shop: values and rules, in the standard library alone."""
