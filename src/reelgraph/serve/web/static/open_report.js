// The report of an import, until it is closed, also over a reload of the page.

import { stored } from "./stored.js";

const MAX_IDS = 300; // as many as a list of picks can leave out

export const openReport = stored("import-report", null);

// The ids of the films that rows still to settle may be about: they are probably known, so no list offers them as new.
export function undecidedIds() {
  const films = (openReport.get()?.doubtful ?? []).flatMap(({ candidates }) => candidates.map(({ id }) => id));
  return [...new Set(films)].slice(0, MAX_IDS);
}
