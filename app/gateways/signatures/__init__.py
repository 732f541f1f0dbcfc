"""How vendors sign their reports, one file each; values in, yes or no out."""
