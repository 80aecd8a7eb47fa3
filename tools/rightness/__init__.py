"""The foundational measures: VBench's dimensions by their published definitions, and offline stand-ins beside them."""
