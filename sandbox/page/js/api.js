// The acting API: one function for calls, one for the live feed.

import { t } from "./words.js";

const KEY = new URLSearchParams(location.search).get("key") ?? "";
const ROOT = "/sandbox/api";
const RECONNECT_MS = [200, 500, 1000, 2000, 4000];

/** A refusal or an outage, as a sentence that may be shown. */
export class ApiError extends Error {
  constructor(sentence, status) {
    super(sentence);
    this.status = status;
  }
}

async function call(method, path, { body, form } = {}) {
  const headers = { Authorization: `Bearer ${KEY}` };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response;
  try {
    response = await fetch(`${ROOT}/${path}`, { method, headers, body: form ?? JSON.stringify(body) });
  } catch {
    throw new ApiError(t("The sandbox does not answer. Is it still running?"), 0);
  }
  const answer = await response.json().catch(() => null);
  if (!response.ok) {
    throw new ApiError(answer?.error ?? t("The sandbox could not do that."), response.status);
  }
  return answer;
}

export const get = (path) => call("GET", path);
export const post = (path, body) => call("POST", path, { body });
export const remove = (path) => call("DELETE", path);

/** The messages of a channel that the user can see, oldest first. */
export function fetchMessages(channelId, userId) {
  return get(`channels/${encodeURIComponent(channelId)}/messages?user=${encodeURIComponent(userId)}`);
}

/** Upload a file for an option or a dialog; gives its upload id. */
export async function upload(file, userId) {
  const form = new FormData();
  form.append("file", file, file.name);
  const answer = await call("POST", `upload?user=${encodeURIComponent(userId)}`, { form });
  return answer.upload_id;
}

/** Follow the feed for ever: `onEvent(type, data)`, `onOpen()` after each (re)connection, `onClose()`. */
export function follow({ onEvent, onOpen, onClose }) {
  let attempt = 0;
  const connect = () => {
    const socket = new WebSocket(`ws://${location.host}${ROOT}/feed?key=${encodeURIComponent(KEY)}`);
    socket.onopen = () => {
      attempt = 0;
      onOpen();
    };
    socket.onmessage = (message) => {
      const { type, data } = JSON.parse(message.data);
      onEvent(type, data);
    };
    socket.onclose = () => {
      onClose();
      setTimeout(connect, RECONNECT_MS[Math.min(attempt, RECONNECT_MS.length - 1)]);
      attempt += 1;
    };
  };
  connect();
}
