"""Books: published vectors, rules, histories against a slow reference, and the simulated exchange's own."""
