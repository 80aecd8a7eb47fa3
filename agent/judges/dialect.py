"""What a server accepts of OpenAI's API, learnt from its refusals: servers differ in what they understand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from pydantic import BaseModel

from evalverse.agent.judges.chat import Message

SEED = 0

Form = Literal["json_schema", "json_object", "text"]
Limit = Literal["max_tokens", "max_completion_tokens", "none"]


@dataclass(frozen=True)
class Dialect:
    """What may be sent. Starts with everything; :meth:`concede` gives one thing up."""

    form: Form = "json_schema"
    tools: bool = True
    temperature: bool = True
    seed: bool = True
    video: bool = True
    limit: Limit = "max_tokens"

    def options(self, tools: Sequence[dict[str, Any]], schema: type[BaseModel] | None, room: int) -> dict[str, Any]:
        """The options of a request in this dialect: temperature 0 and a fixed seed, as far as they are accepted."""
        options: dict[str, Any] = {}
        if self.temperature:
            options["temperature"] = 0
        if self.seed:
            options["seed"] = SEED
        if self.limit != "none":
            options[self.limit] = room
        if tools and self.tools:
            options["tools"] = list(tools)
        if schema is not None and self.form == "json_object":
            options["response_format"] = {"type": "json_object"}
        if schema is not None and self.form == "json_schema":
            form = {"name": schema.__name__, "schema": strict_schema(schema), "strict": True}
            options["response_format"] = {"type": "json_schema", "json_schema": form}
        return options

    def said(self, messages: Sequence[Message]) -> list[Message]:
        """The messages in this dialect: without films where the server takes none."""
        if self.video:
            return list(messages)
        return [
            {**m, "content": [p for p in m["content"] if p["type"] != "video_url"]}
            if isinstance(m.get("content"), list)
            else m
            for m in messages
        ]

    def concede(self, complaint: str, *, tools: bool, schema: bool) -> Dialect | None:
        """The next weaker dialect after a refusal: what the server complains of, else the reply's form, else tools.

        None when nothing that was sent can be given up.
        """
        complaint = complaint.lower()
        weaker = list(self._weaker(tools, schema))
        for names, dialect in weaker:
            if any(name in complaint for name in names):
                return dialect
        return next((dialect for names, dialect in weaker if names in (_FORM, _TOOLS)), None)

    def _weaker(self, tools: bool, schema: bool) -> Iterator[tuple[tuple[str, ...], Dialect]]:
        if self.temperature:
            yield ("temperature",), replace(self, temperature=False)
        if self.seed:
            yield ("seed",), replace(self, seed=False)
        if self.video:
            yield ("video",), replace(self, video=False)
        if self.limit != "none":
            # a limit under the other name first; without one the server's own applies, which also fits the rest of a
            # short context
            limit: Limit = "max_completion_tokens" if self.limit == "max_tokens" else "none"
            yield _LIMIT, replace(self, limit=limit)
        if schema and self.form != "text":
            form: Form = "json_object" if self.form == "json_schema" else "text"
            yield _FORM, replace(self, form=form)
        if tools and self.tools:
            yield _TOOLS, replace(self, tools=False)


_LIMIT = ("max_tokens", "max_completion_tokens", "context length", "context_length")
_FORM = ("response_format", "json_schema", "json_object", "schema", "grammar", "guided")
_TOOLS = ("tool", "function")


def strict_schema(model: type[BaseModel]) -> dict[str, Any]:
    """JSON schema of ``model`` in OpenAI's strict form: every property required, no others, and none of the keywords
    that servers' enforcement does not know (defaults, lengths, limits: these are checked on arrival)."""

    def strict(node: Any) -> Any:
        if isinstance(node, list):
            return [strict(item) for item in node]
        if not isinstance(node, dict):
            return node
        kept = {k: strict(v) for k, v in node.items() if k not in _LOOSE or isinstance(v, dict)}
        if "properties" in kept:
            kept |= {"required": list(kept["properties"]), "additionalProperties": False}
        return kept

    return dict(strict(model.model_json_schema()))


_LOOSE = {"title", "default", "minLength", "maxLength", "minimum", "maximum"}
