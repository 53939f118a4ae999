// A slash command being filled in: its fields, what the list above offers, and sending it.

import { post, upload } from "./api.js";
import { localDescription, localName } from "./commands.js";
import { h, icon } from "./dom.js";
import { ATTACHMENT, grow, makeField } from "./fields.js";
import { ICONS } from "./icons.js";
import { interact } from "./interactions.js";
import { notice } from "./notices.js";
import { state } from "./state.js";
import { t } from "./words.js";

const ASK_AFTER_MS = 150;

/** One command in the composer; `onEnd()` is called when it was sent or given up. */
export class CommandDraft {
  constructor(command, picker, { values = new Map(), onEnd }) {
    this.command = command;
    this.picker = picker;
    this.onEnd = onEnd;
    this.fields = [];
    this.asked = 0;
    this.holder = h("div", { class: "option-fields" });
    this.moreButton = h("button", { type: "button", class: "more-options", onclick: () => this.offerOptions(0) });
    const cancel = h(
      "button",
      { type: "button", class: "icon-button", "aria-label": t("Cancel the command"), onclick: () => this.onEnd() },
      icon(ICONS.close),
    );
    const send = h(
      "button",
      { type: "submit", class: "icon-button send", "aria-label": t("Send the command") },
      icon(ICONS.send, { fill: true }),
    );
    this.element = h(
      "div",
      { class: "draft", "data-testid": "draft", role: "group", "aria-label": t("Command {name}", { name: command.title }) },
      h("span", { class: "command-name" }, `/${command.title}`),
      this.holder,
      this.moreButton,
      cancel,
      send,
    );
    this.element.addEventListener("keydown", (event) => this.onKey(event));
    this.element.addEventListener(
      "focusout",
      (event) => !this.element.contains(event.relatedTarget) && this.picker.hide(),
    );
    const wanted = command.options.filter((option) => option.required || values.has(option.name));
    (wanted.length > 0 ? wanted : command.options.slice(0, 1)).forEach((option) => this.add(option, values.get(option.name)));
    this.paintMore();
  }

  focus() {
    const empty = this.fields.find((field) => field.isEmpty());
    (empty ?? this.fields[0])?.focus();
    if (this.fields.length === 0) this.element.querySelector(".send").focus();
  }

  add(option, text) {
    const field = makeField(option);
    if (text) field.setText?.(text);
    field.control.addEventListener("focus", () => this.suggest(field));
    field.control.addEventListener("input", () => {
      field.complain(false);
      this.suggest(field);
    });
    if (!option.required) field.element.append(this.removeButton(field));
    this.fields.push(field);
    this.holder.append(field.element);
    this.paintMore();
    return field;
  }

  removeButton(field) {
    const label = t("Remove {name}", { name: localName(field.option) });
    return h(
      "button",
      { type: "button", class: "remove-option", "aria-label": label, onclick: () => this.drop(field) },
      icon(ICONS.close),
    );
  }

  drop(field) {
    this.fields = this.fields.filter((other) => other !== field);
    field.element.remove();
    this.paintMore();
    this.focus();
  }

  remaining() {
    const used = new Set(this.fields.map((field) => field.option.name));
    return this.command.options.filter((option) => !used.has(option.name));
  }

  paintMore() {
    requestAnimationFrame(() => this.holder.querySelectorAll("textarea").forEach(grow)); // their room has changed
    const count = this.remaining().length;
    this.moreButton.hidden = count === 0;
    this.moreButton.textContent = t("+{count} more", { count });
    this.moreButton.setAttribute("aria-label", t("Add an option, {count} more", { count }));
  }

  // What the list shows while a field has the focus.

  suggest(field) {
    this.asked += 1;
    if (typeof field.matches !== "function") this.offerOptions(-1, field);
    else if (field.option.autocomplete && !field.chosen) this.ask(field, this.asked);
    else if (field.chosen) this.offerOptions(-1, field);
    else this.offerChoices(field, field.matches());
  }

  describe(field) {
    const { option } = field;
    return [h("b", {}, localName(option)), ` ${localDescription(option)}`, option.required ? "" : t(" (optional)")];
  }

  offerChoices(field, items) {
    this.picker.show(items, {
      title: this.describe(field),
      input: field.control,
      onPick: (choice) => {
        field.choose(choice);
        field.complain(false);
        this.suggest(field);
      },
    });
  }

  async ask(field, ticket) {
    await new Promise((resolve) => setTimeout(resolve, ASK_AFTER_MS));
    if (ticket !== this.asked) return;
    const body = {
      user: state.meId,
      channel: state.channelId,
      command: this.command.name,
      options: this.partial(field),
      focused: field.option.name,
      locale: state.locale,
    };
    const { choices } = await post("autocomplete", body).catch(() => ({ choices: [] }));
    if (ticket !== this.asked || !this.element.contains(document.activeElement)) return;
    this.offerChoices(field, choices.map((choice) => ({ label: localName(choice), value: choice.value })));
  }

  // Files are not uploaded for a suggestion, and half a number is no number.
  partial(focused) {
    const ready = this.fields.filter((field) => field === focused || (!field.isEmpty() && !field.complaint() && field.option.type !== ATTACHMENT));
    return Object.fromEntries(ready.map((field) => [field.option.name, field.value()]));
  }

  offerOptions(active, field = this.fields.at(-1)) {
    const input = field?.control ?? this.moreButton;
    const items = this.remaining().map((option) => ({
      option,
      label: localName(option),
      detail: localDescription(option),
      mark: "+",
      isCompact: true,
    }));
    if (active >= 0) input.focus();
    this.picker.show(items, {
      title: field ? this.describe(field) : null, input, active,
      onPick: ({ option }) => this.add(option).focus(),
    });
  }

  // Keys

  onKey(event) {
    const field = this.fields.find((candidate) => candidate.control === event.target);
    if (event.key === "Escape") {
      event.preventDefault();
      this.onEnd();
    } else if (field && this.picker.onKey(event)) {
      return;
    } else if (event.key === "Backspace" && field?.isEmpty() && event.target.value !== undefined) {
      this.backspace(event, field);
    } else if (event.key === "Enter" && !event.isComposing && field && !this.isFileChoice(field)) {
      event.preventDefault();
      this.send();
    }
  }

  isFileChoice(field) {
    return field.option.type === ATTACHMENT && field.isEmpty();
  }

  backspace(event, field) {
    const index = this.fields.indexOf(field);
    if (field.control.tagName === "BUTTON") return;
    event.preventDefault();
    if (!field.option.required) this.drop(field);
    else if (index > 0) this.fields[index - 1].focus();
    else if (this.fields.every((other) => other.isEmpty())) this.onEnd();
  }

  /** Give a pasted or dropped file to the first option that waits for one. */
  takeFile(file) {
    const empty = this.fields.find((field) => field.option.type === ATTACHMENT && field.isEmpty());
    const next = this.remaining().find((option) => option.type === ATTACHMENT);
    const field = empty ?? (next && this.add(next));
    if (field) field.setFile(file);
    else notice(t("/{name} takes no further file.", { name: this.command.title }));
  }

  async send() {
    const wrong = this.fields.find((field) => field.complaint());
    this.fields.forEach((field) => field.complain(field === wrong));
    if (wrong) {
      notice(wrong.complaint());
      wrong.focus();
      return;
    }
    if (this.isSending) return;
    this.isSending = true;
    this.element.setAttribute("aria-busy", "true");
    const place = { user: state.meId, channel: state.channelId, locale: state.locale };
    const options = await this.uploaded(place.user);
    const { name, title } = this.command;
    const isSent = options !== null && await interact(
      { command: `/${title}`, commandName: title },
      () => post("slash", { ...place, command: name, options }),
    );
    this.isSending = false;
    this.element.removeAttribute("aria-busy");
    if (isSent) this.onEnd();
  }

  async uploaded(userId) {
    const filled = this.fields.filter((field) => !field.isEmpty());
    try {
      const values = await Promise.all(filled.map((field) => (field.option.type === ATTACHMENT ? upload(field.value(), userId) : field.value())));
      return Object.fromEntries(filled.map((field, index) => [field.option.name, values[index]]));
    } catch (error) {
      notice(error.message);
      return null;
    }
  }
}
