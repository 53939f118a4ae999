"""The stickers that everybody has: one of Discord's standard packs, as its documents show it."""

from sandbox.discord.model import Payload

PACK_ID = 847199849233514549
STICKERS: dict[int, Payload] = {
    749054660769218631: {
        "id": "749054660769218631",
        "name": "Wave",
        "tags": "wumpus, hello, sup, hi, oi, heyo, heya, yo, greetings, greet, welcome, wave, :wave, :hello, :hi, :hey",
        "type": 1,
        "format_type": 3,
        "description": "Wumpus waves hello",
        "pack_id": str(PACK_ID),
        "sort_value": 12,
    }
}
PACK: Payload = {
    "id": str(PACK_ID),
    "stickers": list(STICKERS.values()),
    "name": "Wumpus Beyond",
    "sku_id": "847199849233514547",
    "cover_sticker_id": "749053689419006003",
    "description": "Say hello to Wumpus!",
    "banner_asset_id": "761773777976819706",
}


def item_of(sticker_id: int) -> Payload:
    """What a message says of its sticker."""
    sticker = STICKERS[sticker_id]
    return {name: sticker[name] for name in ("id", "name", "format_type")}
