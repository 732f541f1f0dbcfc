"""The generic HTTP gateway: settings describe a vendor that accepts an SMS in one HTTP call and reports in another."""
