"""The laboratory's second half: what operators read and judges say on clips whose truth is known."""
