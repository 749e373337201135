"use strict";
// A chosen picture is seen before it is saved, and a large one is made smaller before it goes over a slow connection.
{
  const LONGEST = 1600, LARGE = 1.5e6;
  const smaller = async (file) => {
    const bitmap = await createImageBitmap(file); // upright, as the camera meant it
    const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
    const canvas = Object.assign(document.createElement("canvas"), { width: Math.round(bitmap.width * scale), height: Math.round(bitmap.height * scale) });
    const pen = canvas.getContext("2d");
    pen.fillStyle = "white";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9));
    return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
  };
  document.addEventListener("change", async (event) => {
    const input = event.target, file = input.name === "new_picture" && input.files[0];
    const shown = document.querySelector("img.ha-picture");
    if (!file || !shown) return;
    if (file.size > LARGE) {
      try {
        const kept = new DataTransfer();
        kept.items.add(await smaller(file));
        input.files = kept.files;
      } catch { /* no picture, or an old browser: the server says what is wrong with it */ }
    }
    shown.addEventListener("load", () => { shown.hidden = false; if (shown.nextElementSibling) shown.nextElementSibling.hidden = true; }, { once: true });
    shown.src = URL.createObjectURL(input.files[0]);
  });
}
