"""Who wrote a mail: a person, or a machine that must never get an automatic answer.

RFC 3834 says how automatic mail marks itself; many programs do not, so sender, subject and structure count too. When in
doubt it is a machine: a person who is not answered is seen by staff, a loop of two machines is seen by everyone.
"""

from __future__ import annotations

import re
from enum import StrEnum

from integrations.channels.email.mime import Mail

OUR_HEADER = "X-Hotel-Agent"
"""On every mail we send; on one we receive it means that another installation's agent wrote it."""


class Kind(StrEnum):
    """Closed. Only `human` is answered."""

    HUMAN = "human"
    AUTO_REPLY = "auto-reply"
    BOUNCE = "bounce"
    LIST = "list"


_DAEMONS = re.compile(
    r"mailer-?daemon|postmaster|mail-?deliver\w*|maildelivery|mdaemon|mail-?administrator|bounces?|"
    r"delivery(?:-?status)?|mail-?system|no-?mailer|mmdf|smtp-?gateway|mail\.?delivery|microsoftexchange\w+"
)  # as the whole local part, or before a +
_NO_REPLY = re.compile(
    r"(?:^|[._+-])(?:no-?_?reply|do-?_?not-?_?reply|donot-?reply|no-?_?responder|no-?_?responda|noresponder|"
    r"nao-?_?responda|"
    r"nao-?_?responder|naoresponda|no\.reply|do\.not\.reply|noanswer|no-?contestar)(?:$|[._+-])|^(?:noreply|donotreply)"
)
_BOUNCE_SUBJECT = re.compile(
    r"^(?:\W*(?:warning|failure|re|fwd?)\W*)*(?:undeliver(?:ed|able)|undelivered mail returned|returned mail|"
    r"mail delivery "
    r"(?:failed|failure|problem|subsystem|system)|delivery (?:status notification|failure|has failed|"
    r"notification|report)|"
    r"delivery status|failure (?:notice|delivery)|failed mail|non[- ]?deliver|mail (?:system )?error|"
    r"mail could not be delivered|"
    r"message (?:could not be|undeliverable|not delivered)|could not deliver|error (?:sending|mail)|user unknown|"
    r"unzustellbar|no se (?:puede|pudo) entregar|no entregado|mensaje no entregado|correo devuelto|"
    r"devuelto al remitente|"
    r"notificaci[oó]n de (?:estado de )?entrega|error de entrega|falha (?:na|de) entrega|n[aã]o (?:foi )?entreg|"
    r"notifica[cç][aã]o d[eo] (?:status|entrega)|mensagem n[aã]o entregue|retorno de mensagem)",
    re.IGNORECASE,
)
_AUTO_SUBJECT = re.compile(
    r"^\W*(?:(?:re|rv|res|fwd?|enc|aw|tr)\s*:\s*)*(?:auto(?:mat(?:ic|ed))?[ -]?(?:re(?:ply|sponse|sponder)|"
    r"answer)|auto:|"
    r"out of (?:the )?office|away from (?:the )?office|(?:i am |i'm )?(?:currently )?on (?:vacation|holiday|leave)\b|"
    r"vacation (?:reply|message|notice)|respuesta (?:autom[aá]tica|auto\b)|contestaci[oó]n autom[aá]tica|"
    r"fuera de (?:la )?oficina|mensaje autom[aá]tico|autorrespuesta|ausente\b|ausencia\b|resposta autom[aá]tica|"
    r"fora do escrit[oó]rio|mensagem autom[aá]tica|aus[eê]ncia tempor[aá]ria|r[eé]ponse automatique|absence du bureau|"
    r"automatische antwort|abwesenheit|risposta automatica|automatisch antwoord)",
    re.IGNORECASE,
)
_YES = re.compile(r"\s*(?:yes|true|1|all|oof|auto\w*)\b", re.IGNORECASE)
_REPORTS = frozenset({"message/delivery-status", "message/global-delivery-status", "message/feedback-report"})


def kind_of(mail: Mail, *, own_domain: str = "") -> Kind:
    """What a mail is, by its headers and structure.

    Args:
        own_domain: the receiving mailbox's domain. The form on a hotel's own site writes from "no-reply" there, with
            the guest in Reply-To: that is a person.
    """
    if _is_bounce(mail):
        return Kind.BOUNCE
    if _is_auto_reply(mail):
        return Kind.AUTO_REPLY
    if _is_list(mail, own_domain):
        return Kind.LIST
    return Kind.HUMAN


def is_no_reply(local_part: str) -> bool:
    """Whether nobody reads what is sent to an address with this local part."""
    return bool(_NO_REPLY.search(local_part) or _is_daemon(local_part))


def _is_daemon(local_part: str) -> bool:
    return bool(_DAEMONS.fullmatch(local_part.partition("+")[0]))


def _null_return_path(mail: Mail) -> bool:
    return any(path.replace(" ", "") == "<>" for path in mail.headers.get("return-path", ()))


def _is_bounce(mail: Mail) -> bool:
    if _REPORTS & set(mail.part_types):
        return True
    if mail.content_type == "multipart/report" and "disposition-notification" not in mail.header("content-type"):
        return True
    if mail.has("x-failed-recipients"):
        return True
    sender = mail.sender
    daemon = sender is not None and _is_daemon(sender.local)
    subject = bool(_BOUNCE_SUBJECT.search(mail.subject))
    if daemon:
        return subject or _null_return_path(mail) or not _AUTO_SUBJECT.search(mail.subject)
    if subject and (_null_return_path(mail) or sender is None or mail.has("auto-submitted")):
        return True
    return subject and bool(re.search(r"\b5\d\d[ -]\d\.\d\.\d\b|\b550\b|Final-Recipient:", mail.text[:20_000]))


def _is_auto_reply(mail: Mail) -> bool:
    submitted = mail.header("auto-submitted").strip().lower()
    if submitted and not submitted.startswith("no"):
        return True
    if mail.content_type == "multipart/report":
        return True
    if _null_return_path(mail) and (mail.in_reply_to or mail.references or not mail.reply_to):
        return True
    if "message/disposition-notification" in mail.part_types:
        return True
    if mail.has(OUR_HEADER) or mail.has("x-autorespond") or mail.has("x-autoresponder"):
        return True
    if any(_YES.match(mail.header(name)) for name in ("x-autoreply", "x-auto-reply", "x-loop")):
        return True
    if mail.header("precedence").strip().lower() in {"auto_reply", "auto-reply"}:
        return True
    if mail.has("x-ms-exchange-inbox-rules-loop") or mail.header("x-pop-notice"):
        return True
    if re.search(r"vacation", mail.header("x-mailer") + mail.header("delivered-by"), re.IGNORECASE):
        return True
    return bool(_AUTO_SUBJECT.search(mail.subject))


def _is_list(mail: Mail, own_domain: str) -> bool:
    if _null_return_path(mail):
        return True
    if any(mail.has(name) for name in ("list-id", "list-unsubscribe", "list-post", "list-help", "feedback-id")):
        return True
    if mail.header("precedence").strip().lower() in {"bulk", "list", "junk"}:
        return True
    if mail.has("x-loop") or mail.has("mailing-list") or mail.has("x-mailing-list") or mail.has("x-campaign"):
        return True
    suppress = mail.header("x-auto-response-suppress").lower()
    if suppress and suppress.strip() != "none":
        return True
    senders = [mail.sender, mail.reply_to]
    if mail.reply_to and mail.sender and own_domain and mail.sender.domain == own_domain:
        senders = [mail.reply_to]
    return any(one is not None and is_no_reply(one.local) for one in senders)
