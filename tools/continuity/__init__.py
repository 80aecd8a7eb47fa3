"""How shots join: scenes, continuity over cuts, rhythm, and the shots that were asked for."""
