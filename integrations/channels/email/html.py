"""Text out of an HTML body, quoted mails left out by the marks mail programs set around them.

lxml parses what browsers would and inscriptis lays it out as text; what is ours are the marks: which element holds a
quoted mail, and after which one nothing is the writer's any more.
"""

from __future__ import annotations

import re
from typing import Any, Final

import lxml.etree
import lxml.html
from inscriptis import Inscriptis
from inscriptis.css_profiles import STRICT_CSS_PROFILE
from inscriptis.model.config import ParserConfig

from integrations.channels.email.charsets import stored
from integrations.channels.email.mime import Mail
from integrations.channels.email.visible import visible_text

MAX_HTML: Final = 400_000
_CONFIG: Final = ParserConfig(css=STRICT_CSS_PROFILE)

_QUOTES: Final = (
    "//blockquote[@type='cite']",
    "//blockquote[contains(@class,'quote')]",
    "//*[contains(concat(' ',@class,' '),' gmail_quote ')]",
    "//*[contains(@class,'gmail_extra') and .//*[contains(@class,'gmail_quote')]]",
    "//*[contains(@class,'yahoo_quoted')]",
    "//*[starts-with(@id,'yahoo_quoted')]",
    "//*[contains(@class,'moz-cite-prefix')]",
    "//*[contains(@class,'protonmail_quote')]",
    "//*[contains(@class,'tutanota_quote')]",
    "//*[contains(@class,'zmail_extra')]",
    "//*[@id='isReplyContent']",
    "//*[@id='mail-editor-reference-message-container']",
)
"""Elements that are a quoted mail, or say whose it is."""
_LAST: Final = (
    "//*[@id='divRplyFwdMsg']",
    "//*[@id='appendonsend']",
    "//*[@id='reply-intro']",
    "//*[@id='OLK_SRC_BODY_SECTION']",
    "//hr[@id='stopSpelling']",
    "//hr[@id='zwchr']",
    "//*[contains(@class,'OutlookMessageHeader')]",
    "//*[@name='quote' and self::div]",
)
"""From these on, nothing is the writer's."""
_OUTLOOK_RULE: Final = re.compile(r"border:\s*none;\s*border-top:\s*solid\s+#(?:B5C4DF|E1E1E1)\s+1\.0pt", re.IGNORECASE)
_SIGNATURES: Final = (
    "//*[contains(@class,'gmail_signature')]",
    "//*[@data-smartmail='gmail_signature']",
    "//*[contains(@class,'moz-signature')]",
    "//*[contains(@id,'ms-outlook-mobile-signature')]",
    "//*[contains(@class,'ms-outlook-mobile-signature')]",
)
_NOT_TEXT: Final = "//script|//style|//head|//title|//comment()|//template|//noscript|//object|//svg"
_TAG: Final = re.compile(r"<[^<>]{0,2000}>")
_NO_CONTENT: Final = re.compile(
    r"(?:does not support html|html[- ]?(?:format|version|e?-?mail|message)|view this (?:e?mail|message) in|"
    r"no (?:admite|soporta) html|formato html|n[aã]o suporta html)", re.IGNORECASE,
)  # fmt: skip


def text_of(html: str) -> str:
    """The whole body as text, quotes included. Never raises."""
    tree = _parsed(html)
    return _laid_out(tree) if tree is not None else _bare(html)


def visible_html(html: str) -> str:
    """The new part of an HTML body as text. Never raises, never empty for a body with text in it."""
    tree = _parsed(html)
    if tree is None:
        return visible_text(_bare(html))
    try:
        cut = _laid_out(_without_quotes(tree))
    except (lxml.etree.LxmlError, ValueError, RecursionError):
        cut = ""
    return visible_text(cut) if cut.strip() else visible_text(text_of(html))


def visible_of(mail: Mail) -> str:
    """The new part of a mail, from its text or its HTML, whichever tells more precisely. "" when it has no text.

    The text part counts unless it is empty, only says that there is HTML, or holds a fraction of what the HTML does.
    Where the HTML marks a quotation that the text part hides, the marks win.
    """
    plain = visible_text(mail.text) if mail.text.strip() else ""
    if not mail.html.strip():
        return plain
    rich = visible_html(mail.html)
    if not _same(plain) or _is_placeholder(mail.text, rich):
        return rich
    if _same(rich) and len(_same(rich)) < len(_same(plain)) and _same(plain).startswith(_same(rich)):
        return rich
    return plain


def _is_placeholder(text: str, rich: str) -> bool:
    short = len(_same(text)) < 200
    return (short and bool(_NO_CONTENT.search(text))) or len(_same(text)) * 5 < len(_same(rich))


def _same(text: str) -> str:
    return re.sub(r"[\s>*_-]+", "", text)


def _parsed(html: str) -> Any | None:
    html = stored(html[:MAX_HTML]).strip()
    if not html:
        return None
    # An encoding named inside would be believed over the text we already have.
    html = re.sub(r"^\s*<\?xml[^>]*\?>", "", html)
    try:
        tree = lxml.html.document_fromstring(html)
        for element in tree.xpath(_NOT_TEXT):
            _drop(element)
    except (lxml.etree.LxmlError, ValueError, AssertionError, RecursionError):
        return None
    return tree


def _laid_out(tree: Any) -> str:
    try:
        text = Inscriptis(tree, _CONFIG).get_text()
    except (RecursionError, ValueError, IndexError, AttributeError, TypeError, KeyError):
        text = str(tree.text_content())
    return stored(re.sub(r"[ \t]+\n", "\n", str(text)))


def _without_quotes(tree: Any) -> Any:
    for path in (*_QUOTES, *_SIGNATURES):
        for element in tree.xpath(path):
            _drop(element)
    for path in _LAST:
        for element in tree.xpath(path)[:1]:
            _drop_from(element)
    for element in tree.xpath("//div[@style]"):
        if _OUTLOOK_RULE.search(element.get("style", "")):
            _drop_from(element)
            break
    return tree


def _drop(element: Any) -> None:
    """Remove an element, keeping the text that follows it."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        before = element.getprevious()
        if before is not None:
            before.tail = (before.tail or "") + element.tail
        else:
            parent.text = (parent.text or "") + element.tail
    parent.remove(element)


def _drop_from(element: Any) -> None:
    """Remove an element and everything after it in the document."""
    current = element
    while current is not None and current.getparent() is not None:
        parent = current.getparent()
        for following in list(current.itersiblings()):
            parent.remove(following)
        current.tail = None
        if current is element:
            parent_of_element = parent
            current = parent
            parent_of_element.remove(element)
        else:
            current = parent


def _bare(html: str) -> str:
    """Text of what no parser takes."""
    return stored(_TAG.sub(" ", html[:MAX_HTML]))
