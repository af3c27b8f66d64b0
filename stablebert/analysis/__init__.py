"""Questions beside the rule: compare, rank, plan, claims, printed rows. No torch, no files."""
