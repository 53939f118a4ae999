"""Where jobs are worked on: an engine at a relay, which holds, looks and places go by."""


def lane_of(engine: str, relay: str) -> str:
    """Return the lane of an engine at a relay; of the only one, which has no name, the engine's own."""
    return f"{engine}@{relay}" if relay else engine


def engine_of_lane(lane: str) -> str:
    """Return the engine of a lane."""
    return lane.partition("@")[0]


def relay_of_lane(lane: str) -> str:
    """Return the relay of a lane; "" where it is the only one."""
    return lane.partition("@")[2]
