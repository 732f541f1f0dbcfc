"""A gateway by settings alone: any vendor that takes an SMS by one HTTP call and reports by another."""
