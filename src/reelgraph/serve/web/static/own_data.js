// What this browser holds of the visitor beside the cookie. It goes with their data.

const OF_THE_DEVICE = ["theme", "language"]; // are stored here, too, and say nothing of a person
const ENDED_KEY = "ended"; // for the note on the next page

const storages = () => { try { return [localStorage, sessionStorage]; } catch { return []; } }; // storage may be forbidden
const ownKeys = (storage) => Object.keys(storage).filter((key) => !OF_THE_DEVICE.includes(key) && key !== ENDED_KEY);

export const holdsOwnData = () => storages().slice(0, 1).some((storage) => ownKeys(storage).length); // that of a tab ends with it

export async function removeOwnData() {
  for (const storage of storages()) for (const key of ownKeys(storage)) storage.removeItem(key);
  await globalThis.caches?.delete("own").catch(() => {}); // where the service worker does not see the deletion
}

// Load the page anew, with a note that says that the data are gone.
export function startAnew() {
  try { sessionStorage.setItem(ENDED_KEY, "1"); } catch { /* without the note, then */ }
  location.reload();
  return new Promise(() => {});
}

// Whether to say on this page that the data are gone, and what to call when it was read.
export function endedNote() {
  try { return sessionStorage.getItem(ENDED_KEY) ? { close: () => sessionStorage.removeItem(ENDED_KEY) } : null; } catch { return null; }
}
