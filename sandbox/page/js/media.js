// Attachments, galleries, and the lightbox.

import { fileSize, h, icon } from "./dom.js";
import { ICONS } from "./icons.js";
import { t } from "./words.js";

const ROOM = { single: { width: 550, height: 380 }, "embed-image": { width: 488, height: 300 } }; // pixels at most

const kindOf = (file) => (file.content_type ?? "").split("/")[0];

/** The files of a message: pictures together, films together, everything else as cards. */
export function renderAttachments(attachments) {
  const pictures = attachments.filter((file) => kindOf(file) === "image");
  const films = attachments.filter((file) => kindOf(file) === "video");
  const others = attachments.filter((file) => !["image", "video"].includes(kindOf(file)));
  return [
    pictures.length > 0 && gallery(pictures),
    films.length > 0 && h("div", { class: films.length > 1 ? "films several" : "films" }, films.map(film)),
    ...others.map(card),
  ];
}

/** One picture, or several in a mosaic. */
export function gallery(items) {
  if (items.length === 1) return picture(items[0], "single", items);
  return h(
    "div",
    { class: `mosaic of-${Math.min(items.length, 4)}` },
    items.map((item) => picture(item, "tile", items)),
  );
}

/** A picture that opens large. */
export function picture(item, className, siblings = [item]) {
  const label = item.description || item.filename || t("Picture");
  const image = h(
    "img",
    {
      src: item.url,
      alt: item.description ?? "",
      loading: "lazy",
      decoding: "async",
      width: item.width,
      height: item.height,
    },
  );
  image.addEventListener("error", () => frame.classList.add("broken"));
  const isHidden = item.spoiler || item.filename?.startsWith("SPOILER_");
  const frame = h(
    "button",
    {
      type: "button",
      class: `picture ${className} ${isHidden ? "veiled" : ""}`,
      "aria-label": t("Enlarge: {name}", { name: label }),
      "data-key": `picture-${item.id ?? item.url}`,
      "data-cover": t("Spoiler"),
      "data-gone": t("This picture is gone"),
    },
    image,
  );
  if (className in ROOM) fit(frame, item, ROOM[className]);
  frame.addEventListener("click", () => {
    if (frame.classList.contains("veiled")) frame.classList.remove("veiled");
    else openLightbox(siblings, siblings.indexOf(item));
  });
  return frame;
}

// Room is kept before the picture has come, so that nothing jumps.
function fit(frame, { width, height }, room) {
  if (!width || !height) return;
  const scale = Math.min(1, room.width / width, room.height / height);
  frame.style.width = `${Math.round(width * scale)}px`;
  frame.style.aspectRatio = `${width} / ${height}`;
}

// It waits to be played, and makes no noise by itself; the browser's own controls are reached by the keyboard.
function film(file, index, all) {
  const name = file.description || file.filename;
  return h(
    "video",
    {
      src: file.url,
      controls: true,
      muted: true,
      loop: true,
      playsinline: true,
      preload: "metadata",
      "aria-label": all.length > 1 ? t("Video {number}: {name}", { number: index + 1, name }) : name,
      "data-key": `film-${file.id}`,
    },
  );
}

function card(file) {
  return h(
    "div",
    { class: "file-card" },
    icon(ICONS.file),
    h(
      "span",
      {},
      h("a", { href: file.url, target: "_blank", rel: "noopener noreferrer" }, file.filename),
      h("small", {}, fileSize(file.size)),
    ),
  );
}

/** Show pictures large, starting with the one at `index`. */
function openLightbox(items, index) {
  const image = h("img", { class: "lightbox-image" });
  const caption = h("p");
  const original = h("a", { target: "_blank", rel: "noopener noreferrer" }, t("Open original"));
  const close = h("button", { type: "button", class: "icon-button round", "aria-label": t("Close") }, icon(ICONS.close));
  const step = (label, paths, by) => items.length > 1 && h(
    "button",
    {
      type: "button",
      class: `icon-button round ${by < 0 ? "previous" : "next"}`,
      "aria-label": label,
      onclick: () => show(at + by),
    },
    icon(paths),
  );
  const dialog = h(
    "dialog",
    { class: "lightbox", "aria-label": t("Picture"), "data-testid": "lightbox" },
    close,
    step(t("Previous picture"), ICONS.left, -1),
    h("figure", {}, image, h("figcaption", {}, caption, original)),
    step(t("Next picture"), ICONS.right, 1),
  );
  let at = 0;
  const show = (wanted) => {
    at = (wanted + items.length) % items.length;
    const item = items[at];
    image.src = item.url;
    image.alt = item.description || item.filename || t("Picture");
    image.width = item.width ?? 0;
    image.height = item.height ?? 0;
    original.href = item.url;
    const size = item.width ? `${item.width} × ${item.height}` : "";
    caption.textContent = [item.filename, size].filter(Boolean).join(" · ");
  };
  dialog.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by && items.length > 1) show(at + by);
  });
  dialog.addEventListener("click", (event) => event.target.closest("a, button, img") || dialog.close());
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  show(index);
  document.body.append(dialog);
  dialog.showModal();
}
