// The options of a slash command as fields: words, choices, files.

import { localName } from "./commands.js";
import { h, icon } from "./dom.js";
import { ICONS } from "./icons.js";
import { currentChannel, displayName, state } from "./state.js";
import { t } from "./words.js";

const STRING = 3;
const INTEGER = 4;
const BOOLEAN = 5;
const USER = 6;
const CHANNEL = 7;
const MENTIONABLE = 9;
const NUMBER = 10;
export const ATTACHMENT = 11;

/** The field of an option. All fields know `element`, `option`, `focus()`, `isEmpty()`, `value()`, `complaint()`. */
export function makeField(option) {
  if (option.type === ATTACHMENT) return new FileField(option);
  return fixedChoices(option) || option.autocomplete ? new ChoiceField(option) : new TextField(option);
}

function fixedChoices(option) {
  if (option.choices?.length) return option.choices.map((choice) => ({ label: localName(choice), value: choice.value }));
  if (option.type === BOOLEAN) return [{ label: t("True"), value: true }, { label: t("False"), value: false }];
  if (option.type === USER || option.type === MENTIONABLE) {
    return state.users.map((user) => ({ label: displayName(user), detail: user.username, value: user.id }));
  }
  if (option.type === CHANNEL) {
    const guildId = currentChannel()?.guild_id;
    return state.channels.filter((channel) => channel.guild_id === guildId).map((channel) => ({ label: `#${channel.name}`, value: channel.id }));
  }
  return null;
}

class Field {
  constructor(option, control) {
    this.option = option;
    this.control = control;
    control.setAttribute("aria-label", `${localName(option)}${option.required ? t(" (required)") : ""}`);
    control.dataset.option = option.name;
    this.element = h(
      "div",
      { class: `option-field ${option.required ? "required" : ""}` },
      h("span", { class: "option-name", "aria-hidden": "true" }, localName(option)),
      control,
    );
    this.element.addEventListener("mousedown", (event) => {
      if (event.target.closest("button, input, textarea")) return;
      event.preventDefault();
      this.focus();
    });
  }

  focus() {
    this.control.focus();
  }

  complain(isWrong) {
    this.control.setAttribute("aria-invalid", String(isWrong));
    this.element.classList.toggle("wrong", isWrong);
  }

  missing() {
    return this.option.required && this.isEmpty() ? t('The option "{name}" is needed.', { name: localName(this.option) }) : null;
  }
}

class TextField extends Field {
  constructor(option) {
    super(option, h("textarea", { rows: "1", maxlength: option.max_length, spellcheck: "false" }));
    this.element.classList.add("wide");
    this.control.addEventListener("input", () => grow(this.control));
  }

  isEmpty() {
    return this.control.value.trim() === "";
  }

  setText(text) {
    this.control.value = text;
    grow(this.control);
  }

  complaint() {
    if (this.missing()) return this.missing();
    const { min_length: least, min_value: low, max_value: high } = this.option;
    const name = localName(this.option);
    if (this.isEmpty()) return null;
    if (least && this.control.value.length < least) return t('"{name}" needs at least {least} characters.', { name, least });
    if (![INTEGER, NUMBER].includes(this.option.type)) return null;
    const number = this.value();
    if (!Number.isFinite(number) || (this.option.type === INTEGER && !Number.isInteger(number))) return t('"{name}" must be a number.', { name });
    if (low !== undefined && number < low) return t('"{name}" must be at least {low}.', { name, low });
    return high !== undefined && number > high ? t('"{name}" must be at most {high}.', { name, high }) : null;
  }

  value() {
    const text = this.control.value;
    return [INTEGER, NUMBER].includes(this.option.type) ? Number(text.trim() || Number.NaN) : text.trim();
  }
}

// Words that the bot only makes suggestions for, such as a prompt, may be long; a choice from a list is not.
const isWords = (option) => option.type === STRING && option.autocomplete && !option.choices?.length;

function choiceControl(isLong) {
  const attributes = {
    autocomplete: "off",
    spellcheck: "false",
    role: "combobox",
    "aria-controls": "picker-list",
    "aria-autocomplete": "list",
  };
  return isLong ? h("textarea", { ...attributes, rows: "1" }) : h("input", { ...attributes, type: "text" });
}

class ChoiceField extends Field {
  constructor(option) {
    super(option, choiceControl(isWords(option)));
    this.chosen = null;
    this.control.addEventListener("input", () => {
      this.chosen = null;
      this.fit();
    });
    if (isWords(option)) this.element.classList.add("wide");
  }

  // A text area is as high as its words, which stay on one line of the command: pasted line breaks become blanks.
  fit() {
    if (this.control.tagName !== "TEXTAREA") return;
    if (/[\r\n]/.test(this.control.value)) this.control.value = this.control.value.replace(/\s*[\r\n]+\s*/g, " ");
    grow(this.control);
  }

  isEmpty() {
    return this.control.value.trim() === "";
  }

  setText(text) {
    this.control.value = text;
    this.fit();
    this.chosen = this.matches(text).find((choice) => choice.label.toLowerCase() === text.toLowerCase()) ?? null;
  }

  choose(choice) {
    this.chosen = choice;
    this.control.value = choice.label;
    this.fit();
  }

  /** The fixed choices that fit the text; null when the bot has to be asked. */
  matches(text = this.chosen ? "" : this.control.value) {
    const choices = fixedChoices(this.option) ?? [];
    const wanted = text.trim().toLowerCase();
    return choices.filter(({ label, detail }) => `${label} ${detail ?? ""}`.toLowerCase().includes(wanted));
  }

  complaint() {
    if (this.missing()) return this.missing();
    if (this.isEmpty() || this.chosen || this.option.autocomplete) return null;
    return t('Choose one from the list for "{name}".', { name: localName(this.option) });
  }

  value() {
    if (this.chosen) return this.chosen.value;
    const text = this.control.value.trim();
    return [INTEGER, NUMBER].includes(this.option.type) && text !== "" ? Number(text) : text;
  }
}

class FileField extends Field {
  constructor(option) {
    super(option, h("button", { type: "button", class: "file-button" }));
    this.file = null;
    this.input = h(
      "input",
      { type: "file", class: "file-input", tabindex: "-1", "aria-hidden": "true", "data-upload": option.name },
    );
    this.element.append(this.input);
    this.input.addEventListener("change", () => {
      if (this.input.files[0]) this.setFile(this.input.files[0]);
      this.input.value = "";
    });
    this.control.addEventListener("click", () => this.input.click());
    this.paint();
  }

  setFile(file) {
    this.file = file;
    this.complain(false);
    this.paint();
    this.focus();
  }

  paint() {
    if (this.preview) URL.revokeObjectURL(this.preview);
    this.preview = this.file?.type.startsWith("image/") ? URL.createObjectURL(this.file) : null;
    const face = this.preview ? h("img", { src: this.preview, alt: "" }) : icon(this.file ? ICONS.file : ICONS.clip);
    this.control.replaceChildren(face, h("span", {}, this.file?.name ?? t("Choose a file")));
    this.control.setAttribute("aria-label", `${localName(this.option)}: ${this.file?.name ?? t("choose a file")}`);
  }

  isEmpty() {
    return this.file === null;
  }

  complaint() {
    return this.missing();
  }

  value() {
    return this.file;
  }
}

/** Let a text area be as high as its text. */
export function grow(area) {
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight, innerHeight * 0.4)}px`;
}
