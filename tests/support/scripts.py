"""Which of our languages run from right to left."""

RIGHT_TO_LEFT = {"ar", "fa", "he", "ur"}
