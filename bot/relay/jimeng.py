"""Jimeng in the OpenAI format: one slow call that answers with the pictures. Source: upstream-api 14."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field
from typing_extensions import override

from bot.errors import RelayUnclearError, UserError
from bot.jobs.engines import PictureSource
from bot.jobs.models import Finished, Job, Missing, Observation, Paint, SubmitOutcome
from bot.language import _
from bot.relay.http import PAINT_TIME_LIMIT_S, RelayHttp, refusal_in
from bot.relay.painter import NOTHING_CAME, Answer, Objects, Options, Painter, Text, painted, read_answer, read_options

PATH = "/v1/images/generations"


class Generating(Options):
    """Jimeng's fields; the size is spelt as the relay wants it (1024x1024, 1024*1024, 2:3)."""

    model: str | None = None
    size: str | None = None
    ratio: str | None = None
    resolution: str | None = None
    n: Annotated[int, Field(ge=1, le=10)] | None = None
    response_format: str | None = None


class Picture(Answer):
    """One picture of an answer: its address, or its bytes."""

    url: Text = ""
    b64_json: Text = ""
    revised_prompt: Text = ""
    size: Text = ""
    seed: Text = ""

    @property
    def source(self) -> str:
        """Its address; one that holds the bytes where there is no other."""
        bare = f"data:;base64,{self.b64_json}" if self.b64_json else ""
        return self.url or (self.b64_json if self.b64_json.startswith("data:") else bare)


class Pictures(Answer):
    """The answer."""

    data: Annotated[list[Picture], Objects] = Field(default_factory=list)
    seed: Text = ""


class Jimeng(Painter):
    """The engine behind /jimeng."""

    name = "jimeng"

    def __init__(self, http: RelayHttp, pictures: PictureSource, models: Sequence[str]) -> None:
        """`models` begins with the one that is taken where none is named."""
        super().__init__(http, pictures)
        self._models = models

    @override
    async def paint(self, job: Job, request: Paint) -> SubmitOutcome:
        """See `Painter`."""
        body = await self._body(request)
        answer = await self._http.submit(PATH, body, prompt=request.prompt, time_limit_s=PAINT_TIME_LIMIT_S)
        if not isinstance(answer, dict):
            raise RelayUnclearError("the answer is no object")
        read = read_answer(Pictures, answer)
        if not read.data and {"error", "detail", "message"} & answer.keys():
            raise refusal_in(answer, request.prompt)
        shots = await self.shots(job, [picture.source for picture in read.data if picture.source])
        if not shots:
            return NOTHING_CAME
        first = read.data[0]
        final = first.revised_prompt if first.revised_prompt != request.prompt else ""
        facts = {
            "seed": first.seed or read.seed,
            "resolution": first.size or body.get("size"),
            "model": body["model"],
        }
        return Finished(painted(shots, facts, final))

    @override
    async def observe(self, job: Job) -> Observation:
        """See `Painter`: there are no tasks to look at."""
        return Missing()

    async def _body(self, request: Paint) -> dict[str, Any]:
        if request.kind != "generate":
            raise TypeError(f"jimeng has no {request.kind}")
        if not request.prompt.strip():
            raise UserError(_("This needs a prompt. Please write one."))
        fields = read_options(Generating, request).fields()
        body = {"model": self._models[0], "prompt": request.prompt} | fields
        return body | ({"image": [await self.data_url(key) for key in request.pictures]} if request.pictures else {})
