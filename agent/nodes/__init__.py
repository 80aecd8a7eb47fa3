"""The nodes of the graph, one file each, in the order in which a critique runs through them."""
