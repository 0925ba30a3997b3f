"""The Russian of each room's sentences, by their English templates."""
