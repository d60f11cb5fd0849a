"""How good labels are: measures that compare found labels with true ones."""
