"""The nouns that cross a room's border. Pure: no I/O, no clock, no network."""
