"""What was paid for or ordered: replies, message batches, and the outcomes made from them."""
