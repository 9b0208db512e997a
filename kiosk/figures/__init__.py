"""What the votes say, and whether they add up: from the rows of all stores to pages, text and pictures."""
