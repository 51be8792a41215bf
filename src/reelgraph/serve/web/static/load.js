// Loading parts of the page from the service, and showing what went wrong.

import { el, toast } from "./dom.js";
import { t } from "./i18n.js";

// An error in words for people.
function message(error) {
  if (error instanceof TypeError || error instanceof ReferenceError) {
    console.error(error); // a mistake of ours
    return t("error.page");
  }
  return error.message;
}

// Show an error as a toast. A cancelled request is not an error.
export function complain(error) {
  if (error.name !== "AbortError") toast(message(error), { bad: true });
}

// Wrap a function so that its errors are shown as toasts.
export const guarded = (work) => async (...args) => {
  try { return await work(...args); } catch (error) { complain(error); return undefined; }
};

const newest = new WeakMap(); // box -> the controller of its newest load
const placeholders = new WeakMap(); // box -> its content from before a failed load

// Run `work(signal)`, which requests data and fills the boxes with it.
//
// A box belongs to its newest load: that one cancels an older one, whose late answer or failure changes nothing any more.
// If a load fails, the boxes that are still empty show one error with a button. The load runs again when the button is
// pressed, when the network is back or when the page becomes visible, and the error gives way to the placeholders.
export async function load(boxes, work) {
  const controller = new AbortController();
  const hadFocus = boxes.some((box) => box.querySelector(":scope > .failed")?.contains(document.activeElement));
  for (const box of boxes) {
    newest.get(box)?.abort();
    newest.set(box, controller);
    if (placeholders.has(box)) box.replaceChildren(...placeholders.get(box));
    placeholders.delete(box);
    box.setAttribute("aria-busy", "true");
  }
  try {
    await work(controller.signal);
  } catch (error) {
    if (!controller.signal.aborted) showFailure(boxes, error, () => load(boxes, work), controller.signal, hadFocus);
  } finally {
    for (const box of boxes) if (newest.get(box) === controller) box.setAttribute("aria-busy", "false");
  }
}

function showFailure(boxes, error, retry, signal, focus) {
  const visible = boxes.filter((box) => box.getClientRects().length);
  const empty = visible.filter((box) => !box.children.length || box.querySelector(":scope > .ghost"));
  if (!empty.length) { complain(error); return; }
  const button = el("button", { class: "quiet", type: "button", onclick: retry }, t("load.again"));
  const panel = el("div", { class: "empty failed", role: "alert" }, el("p", {}, message(error)), button);
  for (const box of empty) {
    placeholders.set(box, [...box.childNodes]);
    box.replaceChildren(...(box === empty[0] ? [panel] : []));
  }
  if (focus) button.focus();
  addEventListener("online", retry, { signal }); // a newer load aborts the signal, which removes both listeners
  document.addEventListener("visibilitychange", () => { if (!document.hidden) retry(); }, { signal });
}
