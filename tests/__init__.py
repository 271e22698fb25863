"""The proof that krakenio does what it says."""
