"use strict";
// Figures that are being counted again: taken from the page's own address a moment later, unless somebody is busy in it.
{
  const page = document.querySelector(".ha-insight[data-again]");
  const again = async () => {
    if (page.contains(document.activeElement)) { setTimeout(again, 4000); return; }
    const answer = await fetch(page.dataset.again, { credentials: "same-origin", redirect: "error" }).catch(() => null);
    if (!answer?.ok) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector(".ha-insight");
    if (fresh) page.replaceWith(fresh);
  };
  if (page) setTimeout(again, 4000);
}
