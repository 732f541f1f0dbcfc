"""What several acts share. A part never calls an act."""
