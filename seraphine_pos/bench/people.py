"""Who works in the shop of the bench; apart, so that watching a start loads nothing that the start does not."""

OWNER_ID = "bench-owner"
CASHIER_ID = "bench-cashier"
PIN = "2580"
