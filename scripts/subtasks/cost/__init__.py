"""What questions and answers cost: prices, token counts, the budget over all jobs, and bills."""
