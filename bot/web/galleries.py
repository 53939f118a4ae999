"""All that the web side answers of galleries."""

from aiohttp import web

from bot.clock import Clock
from bot.pictures.folder import Pictures
from bot.ui.flows.collecting import Collecting
from bot.ui.flows.gallery import Gallery
from bot.ui.flows.gallery_acts import GalleryActs
from bot.ui.flows.gallery_orders import GalleryOrders
from bot.web.door import Door
from bot.web.gallery import GalleryPage
from bot.web.gallery_acts import GalleryActRoutes
from bot.web.gallery_texts import TEXTS

BURST, REFILL_PER_S = 600.0, 60.0  # requests of one member: a screen of thumbnails, and scrolling on


def gallery_routes(
    gallery: Gallery,
    acts: GalleryActs,
    orders: GalleryOrders,
    collecting: Collecting,
    pictures: Pictures,
    clock: Clock,
) -> list[web.AbstractRouteDef]:
    """Build the routes of the page, of what it shows and of what it does, behind one door."""
    door = Door(gallery.admit, TEXTS, clock, BURST, REFILL_PER_S)
    return [
        *GalleryPage(door, gallery, collecting, pictures).routes(),
        *GalleryActRoutes(door, gallery, acts, orders, collecting).routes(),
    ]
