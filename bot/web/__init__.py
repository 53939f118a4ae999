"""The small HTTP side: the mask editor and the health of the process."""
