// What the visitor changes on a page: it shows at once, can be undone, and says so where it has to wait.

import { perform } from "./api.js";
import { toast } from "./dom.js";
import { t } from "./i18n.js";
import { guarded } from "./load.js";
import { after, undoing } from "./waiting.js";

// Make changes of a film. The box is busy until the page shows what follows from them. Returns true, or undefined after an error.
//
// `before` is the state of the film from before, `text` says what was done, `refresh` shows
// what follows, `undone` what follows from the undo.
export const apply = guarded(async ({ id, before, changes, text, refresh, undone = refresh, box = null }) => {
  box?.setAttribute("aria-busy", "true");
  const undo = guarded(async () => {
    box?.setAttribute("aria-busy", "true");
    try {
      await send(id, undoing(before, changes), changes.reduce(after, before));
      await undone();
    } finally { box?.removeAttribute("aria-busy"); }
  });
  let settle;
  const note = toast(text, { undo, pending: new Promise((resolve) => { settle = resolve; }) });
  try {
    const results = await send(id, changes, before);
    if (results.some((result) => result?.waiting)) note.firstChild.append(` ${t("toast.waits")}`);
    await refresh();
    return true;
  } catch (error) {
    note.remove();
    throw error;
  } finally {
    settle();
    box?.removeAttribute("aria-busy");
  }
});

const send = (id, changes, before) => Promise.all(changes.map((change) => perform(id, change, before)));
