"""Languages of the catalogues that are written from right to left."""

RIGHT_TO_LEFT = {"ar", "fa", "he", "ur"}
