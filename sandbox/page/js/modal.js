// Modals of the bot: every part that one can have, and sending it.

import { post, upload } from "./api.js";
import { fileSize, h, icon } from "./dom.js";
import { grow } from "./fields.js";
import { ICONS } from "./icons.js";
import { interact } from "./interactions.js";
import { renderMarkdown } from "./markdown.js";
import { names } from "./mentions.js";
import { selectControl } from "./select.js";
import { selectOptions } from "./select_options.js";
import { displayName, state, theBot } from "./state.js";
import { t } from "./words.js";

const PARAGRAPH = 2;
let lastId = 0;

/** Open the modal that answered an interaction; `origin` says where its own answer belongs. */
export function openModal(interactionId, modal, origin) {
  document.querySelector("dialog.modal")?.close();
  const parts = modal.components.map(part);
  const trouble = h("p", { class: "trouble", role: "alert", hidden: true });
  const submit = h("button", { type: "submit", class: "button primary" }, t("Submit"));
  const close = () => dialog.close();
  const form = h(
    "form",
    { method: "dialog", novalidate: true },
    h(
      "header",
      {},
      h("h2", { id: "modal-title" }, modal.title),
      h("button", { type: "button", class: "icon-button", "aria-label": t("Close"), onclick: close }, icon(ICONS.close)),
    ),
    h("div", { class: "modal-parts" }, parts.map(({ element }) => element), trouble),
    h(
      "footer",
      {},
      h("small", {}, t("This form is sent to {name}.", { name: displayName(theBot()) })),
      h("button", { type: "button", class: "button secondary", onclick: close }, t("Cancel")),
      submit,
    ),
  );
  const dialog = h(
    "dialog",
    { class: "modal", "aria-labelledby": "modal-title", "data-testid": "modal", "data-custom-id": modal.custom_id },
    form,
  );
  const complain = (sentence) => {
    trouble.textContent = sentence;
    trouble.hidden = false;
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wrong = parts.find((one) => one.complaint?.());
    if (wrong) {
      complain(wrong.complaint());
      wrong.focus?.();
      return;
    }
    submit.disabled = true;
    const isSent = await sendModal(interactionId, parts, origin, complain);
    submit.disabled = false;
    if (isSent) close();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit();
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelectorAll("textarea").forEach(grow);
  parts.find((one) => one.focus)?.focus();
}

async function sendModal(interactionId, parts, origin, complain) {
  let values;
  try {
    const filled = parts.filter((one) => one.customId);
    values = Object.fromEntries(await Promise.all(filled.map(async (one) => [one.customId, await one.value()])));
  } catch (error) {
    complain(error.message);
    return false;
  }
  const body = { user: state.meId, interaction_id: interactionId, values, locale: state.locale };
  const entry = { messageId: origin.messageId, customId: origin.customId, channelId: origin.channelId };
  return interact(entry, () => post("modal", body));
}

// Parts: `{element, customId, value(), complaint(), focus()}`; plain text has only an element.

const CONTROLS = {
  3: select,
  4: textInput,
  5: select,
  6: select,
  7: select,
  8: select,
  19: fileUpload,
  21: radioGroup,
  22: checkboxGroup,
  23: checkbox,
};

function part(component) {
  if (component.type === 10) return { element: h(
    "div",
    { class: "markdown" },
    renderMarkdown(component.content, names),
  ) };
  if (component.type === 1) return labelled({
    label: component.components[0].label ?? "",
    component: component.components[0],
  });
  return labelled(component);
}

function labelled({ label, description, component }) {
  const id = `part-${(lastId += 1)}`;
  const make = CONTROLS[component.type];
  if (!make) return { element: h("p", {}, t("{name}: this part cannot be shown here.", { name: label })) };
  const control = make(component, { id, label });
  const isRequired = component.required ?? true;
  const missing = () => (isRequired && control.isEmpty?.() ? t('"{name}" needs an answer.', { name: label }) : null);
  const title = [
    label,
    isRequired && component.type !== 23 && h("span", { class: "star", "aria-hidden": "true" }, " *"),
  ];
  const labelElement = control.group ? h(
    "span",
    { class: "label", id: `${id}-label` },
    title,
  ) : h("label", { class: "label", for: id }, title);
  const element = h(
    "div",
    { class: "modal-part" },
    labelElement,
    description && h("p", { class: "description", id: `${id}-help` }, description),
    control.element,
  );
  if (control.group) control.element.setAttribute("aria-labelledby", `${id}-label`);
  return {
    element,
    customId: component.custom_id,
    value: control.value,
    focus: control.focus,
    complaint: () => missing() ?? control.complaint?.(),
  };
}

function textInput(item, { id, label }) {
  const attributes = {
    id,
    placeholder: item.placeholder,
    maxlength: item.max_length ?? 4000,
    "data-custom-id": item.custom_id,
  };
  const input = item.style === PARAGRAPH ? h("textarea", { ...attributes, rows: "3" }) : h(
    "input",
    { ...attributes, type: "text", autocomplete: "off" },
  );
  input.value = item.value ?? "";
  const counter = h("small", { class: "counter" });
  const paint = () => {
    counter.textContent = `${input.value.length}/${item.max_length ?? 4000}`;
    if (item.style === PARAGRAPH) grow(input);
  };
  input.addEventListener("input", paint);
  paint();
  return {
    element: h("div", { class: "text-part" }, input, counter),
    value: () => input.value,
    isEmpty: () => input.value.trim() === "",
    complaint: () => (item.min_length && input.value && input.value.length < item.min_length ? t('"{name}" needs at least {least} characters.', { name: label, least: item.min_length }) : null),
    focus: () => input.focus(),
  };
}

function select(item, { label }) {
  const { element, values } = selectControl(
    { ...item, placeholder: item.placeholder ?? label },
    { options: selectOptions(item) },
  );
  return {
    element,
    group: true,
    value: values,
    isEmpty: () => values().length < (item.min_values ?? 1),
    focus: () => element.querySelector("button").focus(),
  };
}

function choices(item, { id }, type) {
  const inputs = item.options.map((option) => h(
    "input",
    { type, name: id, value: option.value, checked: option.default, "data-value": option.value },
  ));
  const rows = item.options.map((option, index) => h(
    "label",
    { class: "choice" },
    inputs[index],
    h("span", {}, option.label, option.description && h("small", {}, option.description)),
  ));
  const chosen = () => inputs.filter((input) => input.checked).map((input) => input.value);
  const element = h(
    "div",
    { class: "choices", role: type === "radio" ? "radiogroup" : "group", "data-custom-id": item.custom_id },
    rows,
  );
  return { element, group: true, chosen, isEmpty: () => chosen().length === 0, focus: () => inputs[0].focus() };
}

function radioGroup(item, context) {
  const { chosen, ...control } = choices(item, context, "radio");
  return { ...control, value: () => chosen()[0] };
}

function checkboxGroup(item, context) {
  const { chosen, ...control } = choices(item, context, "checkbox");
  const { min_values: least = 0, max_values: most = item.options.length } = item;
  const complaint = () => (chosen().length > most ? t('Choose at most {most} of "{name}".', { most, name: context.label }) : chosen().length > 0 && chosen().length < least ? t('Choose at least {least} of "{name}".', { least, name: context.label }) : null);
  return { ...control, value: chosen, complaint };
}

function checkbox(item, { id }) {
  const input = h("input", { type: "checkbox", id, checked: item.default, "data-custom-id": item.custom_id });
  return { element: input, value: () => input.checked, focus: () => input.focus() };
}

function fileUpload(item, { id, label }) {
  const most = item.max_values ?? 1;
  const list = h("ul", { class: "uploads" });
  const input = h(
    "input",
    { type: "file", id, multiple: most > 1, class: "file-input", "data-custom-id": item.custom_id },
  );
  // The browser's own control speaks the browser's language and look: it keeps the keyboard, this has the face.
  const chooser = h(
    "span",
    { class: "file-chooser", "aria-hidden": "true", onclick: () => input.click() },
    icon(ICONS.clip),
    most > 1 ? t("Choose files") : t("Choose a file"),
  );
  let files = [];
  const paint = () => list.replaceChildren(...files.map((file) => h(
    "li",
    {},
    icon(ICONS.file),
    `${file.name} · ${fileSize(file.size)}`,
  )));
  const take = (added) => {
    files = most > 1 ? [...files, ...added].slice(-most) : [...added].slice(-1);
    paint();
  };
  input.addEventListener("change", () => {
    files = [];
    take(input.files);
  });
  const element = h(
    "div",
    { class: "upload-part" },
    input,
    chooser,
    h("p", {}, most > 1 ? t("Drop up to {most} files here, or choose.", { most }) : t("Drop a file here, or choose.")),
    list,
  );
  element.addEventListener("dragover", (event) => event.preventDefault());
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer.files);
  });
  element.addEventListener("paste", (event) => event.clipboardData?.files.length && take(event.clipboardData.files));
  return {
    element,
    value: () => Promise.all(files.map((file) => upload(file, state.meId))),
    isEmpty: () => files.length < Math.max(1, item.min_values ?? 1),
    complaint: () => (files.length > 0 && files.length < (item.min_values ?? 1) ? t('"{name}" needs {least} files.', { name: label, least: item.min_values }) : null),
    focus: () => input.focus(),
  };
}
