"""What questions and answers cost: prices, token counts, the budget of a run and its bills."""
