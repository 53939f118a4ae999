"""Builds the flows, each once and from those below it."""

from dataclasses import dataclass

import discord

from bot.services import Services
from bot.ui.delivery.original_pictures import OriginalPictures
from bot.ui.flows.batch_downloads import BatchDownloads
from bot.ui.flows.batches import Batches
from bot.ui.flows.card_buttons import CardButtons
from bot.ui.flows.collecting import Collecting
from bot.ui.flows.details import Details
from bot.ui.flows.draft_jobs import DraftJobs
from bot.ui.flows.drafts import Drafts
from bot.ui.flows.drawn_orders import DrawnOrders
from bot.ui.flows.engine_follow_ups import EngineFollowUps
from bot.ui.flows.gallery import Gallery
from bot.ui.flows.gallery_acts import GalleryActs
from bot.ui.flows.gallery_orders import GalleryOrders
from bot.ui.flows.gallery_places import GalleryPlaces
from bot.ui.flows.group_buttons import GroupButtons
from bot.ui.flows.input_pictures import InputPictures
from bot.ui.flows.job_starter import JobStarter
from bot.ui.flows.mask_editor import MaskEditor
from bot.ui.flows.message_pictures import MessagePictures
from bot.ui.flows.own_messages import OwnMessages
from bot.ui.flows.owner_page import OwnerPage
from bot.ui.flows.page_orders import PageOrders
from bot.ui.flows.prompt_flow import PromptFlow
from bot.ui.flows.relay_buttons import RelayButtons
from bot.ui.flows.reruns import Reruns
from bot.ui.flows.result_posts import ResultPosts
from bot.ui.flows.review_decisions import ReviewDecisions


@dataclass(frozen=True, slots=True)
class Flows:
    """What commands, buttons and modals begin, by name."""

    drafts: Drafts
    starter: JobStarter
    results: ResultPosts
    prompts: PromptFlow
    relay_buttons: RelayButtons
    card_buttons: CardButtons
    group_buttons: GroupButtons
    engine_follow_ups: EngineFollowUps
    reruns: Reruns
    message_pictures: MessagePictures
    own_messages: OwnMessages
    details: Details
    batches: Batches
    batch_downloads: BatchDownloads
    mask_editor: MaskEditor
    gallery: Gallery
    owner_page: OwnerPage
    gallery_acts: GalleryActs
    gallery_orders: GalleryOrders
    collecting: Collecting
    review_decisions: ReviewDecisions


def build_flows(client: discord.Client, services: Services) -> Flows:
    """Build all flows for a client."""
    originals = OriginalPictures(client, services.pictures, services.jobs.deliveries)
    inputs = InputPictures(services.pictures, originals)
    drafts = Drafts(services.store.notes, services.clock)
    starter = JobStarter(services, inputs)
    mask_editor = MaskEditor(client, services, originals)
    drawn_orders = DrawnOrders(services, drafts, inputs, mask_editor)
    draft_jobs = DraftJobs(services, drafts, starter, inputs, originals, drawn_orders)
    prompts = PromptFlow(services, drafts, draft_jobs)
    results = ResultPosts(client, services, originals)
    places = GalleryPlaces(client, services)
    own_messages, details = OwnMessages(client, services), Details(client, services, originals, drafts, prompts)
    return Flows(
        drafts=drafts,
        starter=starter,
        results=results,
        prompts=prompts,
        relay_buttons=RelayButtons(services, starter, draft_jobs, results, originals, mask_editor),
        card_buttons=CardButtons(services, drafts, starter, draft_jobs, prompts),
        group_buttons=GroupButtons(services, starter, draft_jobs, results),
        engine_follow_ups=EngineFollowUps(services, drafts, starter, inputs),
        reruns=Reruns(services, starter, inputs),
        message_pictures=MessagePictures(services, drafts, starter),
        own_messages=own_messages,
        details=details,
        batches=Batches(services, starter),
        batch_downloads=BatchDownloads(services),
        mask_editor=mask_editor,
        gallery=Gallery(client, services, own_messages, details),
        owner_page=OwnerPage(client, services),
        gallery_acts=GalleryActs(services, places, results, mask_editor),
        gallery_orders=GalleryOrders(services, places, draft_jobs, inputs, PageOrders(client, services)),
        collecting=Collecting(services),
        review_decisions=ReviewDecisions(services),
    )
