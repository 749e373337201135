"""`/api/v1/conversations`, `/messages` and `/media`: reading threads and answering them as a person."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.generics import ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from conversations.models import Conversation, MediaFile
from conversations.selectors import threads as selectors
from conversations.serializers import (
    ConversationOut,
    LineOut,
    MediaIn,
    MediaOut,
    MessageIn,
    MessageOut,
    OwnerIn,
    ThreadOut,
)
from conversations.services import files, ownership, staff
from hotel_agent.common.api import Refusal, checked
from integrations.exceptions import FileRefused
from tenants.models import Channel
from tenants.views.base import Newest, TenantView

KEY = OpenApiParameter(
    "Idempotency-Key",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="Your name for this message, at most 60 characters: the same again sends nothing twice.",
)
MAX_KEY = 60
MAX_UPLOAD = 10 * 1024 * 1024
LINES = 50


class ThreadView(TenantView):
    """What views of threads have in common."""

    about = Conversation

    def thread(self, public_id: uuid.UUID) -> Conversation:
        """The hotel's conversation with this id.

        Raises:
            NotFound: there is none.
        """
        found = Conversation.objects.select_related("guest", "tenant").filter(tenant=self.tenant, public_id=public_id)
        conversation = found.first()
        if conversation is None:
            raise NotFound("There is no such conversation at this hotel.", "conversation_not_found")
        return conversation

    def key(self, request: Request) -> str:
        """The caller's name for a message.

        Raises:
            Refusal: it is missing or unusable.
        """
        key = request.headers.get("Idempotency-Key", "").strip()
        if not 1 <= len(key) <= MAX_KEY or not key.isprintable():
            message = f"Send Idempotency-Key: at most {MAX_KEY} characters of your own."
            raise Refusal(400, "idempotency_key_required", message)
        return f"api:{key}"


class ConversationsView(ThreadView, ListAPIView[Conversation]):
    """All of them."""

    serializer_class = ConversationOut
    pagination_class = Newest

    def get_queryset(self) -> QuerySet[Conversation]:
        """Filtered as asked."""
        if getattr(self, "swagger_fake_view", False):
            return Conversation._base_manager.none()
        rows = Conversation.objects.select_related("guest").filter(tenant=self.tenant)
        for name, allowed in (("owner", Conversation.Owner.values), ("channel", Channel.values)):
            asked = self.request.query_params.get(name, "")
            if asked and asked not in allowed:
                raise ValidationError({name: [f"One of {', '.join(allowed)}."]})
            if asked:
                rows = rows.filter(**{name: asked})
        return rows

    @extend_schema(
        parameters=[
            OpenApiParameter("owner", OpenApiTypes.STR, enum=Conversation.Owner.values),
            OpenApiParameter("channel", OpenApiTypes.STR, enum=Channel.values),
        ],
        tags=["conversations"],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The hotel's threads, latest begun first."""
        return self.list(request, *args, **kwargs)


class ConversationView(ThreadView):
    """One of them."""

    @extend_schema(responses=ConversationOut, tags=["conversations"])
    def get(self, request: Request, conversation_id: uuid.UUID) -> Response:
        """A thread of the hotel."""
        return Response(ConversationOut(self.thread(conversation_id)).data)

    @extend_schema(request=OwnerIn, responses=ConversationOut, tags=["conversations"])
    def patch(self, request: Request, conversation_id: uuid.UUID) -> Response:
        """Take it over (`human`: queued answers of the agent are withheld) or give it back (`agent`)."""
        asked = checked(OwnerIn(data=request.data))
        conversation = self.thread(conversation_id)
        if asked["owner"] == "human":
            ownership.take_over(conversation.pk, by=self.person)
        else:
            ownership.hand_back(conversation.pk)
        return Response(ConversationOut(self.thread(conversation_id)).data)


class MessagesView(ThreadView):
    """What was said in a thread."""

    @extend_schema(
        parameters=[
            OpenApiParameter("conversation", OpenApiTypes.UUID, required=True),
            OpenApiParameter("before", OpenApiTypes.STR, description="`next_before` of the page before."),
        ],
        responses=ThreadOut,
        tags=["messages"],
    )
    def get(self, request: Request) -> Response:
        """Fifty lines of both sides, newest first."""
        conversation = self.thread(_uuid(request.query_params.get("conversation", ""), "conversation"))
        before = request.query_params.get("before", "")
        place = selectors.Place.parse(before) if before else None
        lines = selectors.lines(conversation, before=place, limit=LINES + 1)
        shown = lines[:LINES]
        more = len(lines) > LINES
        return Response(
            {"results": LineOut(shown, many=True).data, "next_before": str(shown[-1].place) if more else None}
        )

    @extend_schema(request=MessageIn, parameters=[KEY], responses={202: MessageOut}, tags=["messages"])
    def post(self, request: Request) -> Response:
        """Answer as a person: the conversation is taken over and the words are queued.

        409 `window_closed` when WhatsApp takes no free text and the hotel has no approved one.
        """
        key = self.key(request)
        asked = checked(MessageIn(data=request.data))
        conversation = self.thread(asked["conversation"])
        try:
            queued = staff.reply(conversation.pk, by=self.person, text=asked["text"], token=key)
        except (staff.WindowClosed, staff.CannotShow) as error:
            raise Refusal(409, error.code, str(error)) from None
        return Response(MessageOut(queued).data, status=status.HTTP_202_ACCEPTED)


class MediaListView(ThreadView):
    """Files to guests."""

    parser_classes = (MultiPartParser,)

    @extend_schema(
        request={"multipart/form-data": MediaIn}, parameters=[KEY], responses={202: MessageOut}, tags=["media"]
    )
    def post(self, request: Request) -> Response:
        """Send a file of at most 10 MB as a person: the conversation is taken over.

        409 `cannot_show` where the channel carries no files, `window_closed` where it carries nothing now.
        """
        key = self.key(request)
        asked = checked(MediaIn(data=request.data.dict() if hasattr(request.data, "dict") else request.data))
        upload = asked["file"]
        if upload.size > MAX_UPLOAD:
            raise Refusal(413, "body_too_large", f"At most {MAX_UPLOAD} bytes.")
        conversation = self.thread(asked["conversation"])
        try:
            queued = staff.send_file(
                conversation.pk,
                by=self.person,
                content=upload.read(),
                filename=upload.name or "",
                caption=asked.get("caption", ""),
                token=key,
            )
        except (staff.WindowClosed, staff.CannotShow) as error:
            raise Refusal(409, error.code, str(error)) from None
        except FileRefused as error:
            raise Refusal(413 if error.reason == "too_big" else 400, error.code, str(error)) from None
        return Response(MessageOut(queued).data, status=status.HTTP_202_ACCEPTED)


class MediaView(ThreadView):
    """One file of a thread."""

    def file(self, media_id: uuid.UUID) -> MediaFile:
        """The hotel's file with this id."""
        files_of_hotel = MediaFile.objects.select_related("conversation").filter(tenant=self.tenant)
        return get_object_or_404(files_of_hotel, public_id=media_id)

    @extend_schema(responses=MediaOut, tags=["media"])
    def get(self, request: Request, media_id: uuid.UUID) -> Response:
        """What is known of it; its bytes are at `/content`."""
        return Response(MediaOut(self.file(media_id)).data)


class MediaContentView(MediaView):
    """Its bytes."""

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY}, tags=["media"])
    def get(self, request: Request, media_id: uuid.UUID) -> HttpResponse:  # type: ignore[override]
        """As an attachment, never to be shown in a browser's page. 404 `file_refused` once they were erased."""
        file = self.file(media_id)
        try:
            content = files.read(file)
        except FileRefused as error:
            raise NotFound("The file is not kept.", error.code) from None
        response = HttpResponse(content, content_type=file.content_type or files.OPAQUE)
        response["Content-Disposition"] = f'attachment; filename="{file.public_id}"'
        response["X-Content-Type-Options"] = "nosniff"
        response["Cache-Control"] = "no-store"
        return response


def _uuid(written: str, field: str) -> uuid.UUID:
    try:
        return uuid.UUID(written)
    except ValueError:
        raise ValidationError({field: ["It must be an id."]}) from None
