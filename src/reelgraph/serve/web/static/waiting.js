// What a change does to what the service holds of a film. Answers that are older than the changes that wait are shown as if
// the service had taken them; and an undo is worked out from the same rules.

export const RATING = "ratings";
const OPPOSITES = { watchlist: "not-interested", "not-interested": "watchlist" };
const LISTS = { watchlist: "watchlist", seen: "seen", "not-interested": "not_interested" }; // mark -> its list in /api/me

// A change: { kind: "ratings" or a mark, on, stars }. Without stars, a rating is a view.
export const rated = (stars = null, options = {}) => ({ kind: RATING, on: true, stars, ...options });
export const unrated = () => ({ kind: RATING, on: false });
export const marked = (kind, on = true) => ({ kind, on });

// The state of a film: { rating: stars, null for a view, undefined without one; watchlist, seen, "not-interested" }.
export const NOTHING = { rating: undefined, watchlist: false, seen: false, "not-interested": false };

export function after(state, change) {
  if (change.kind !== RATING) return { ...state, [change.kind]: change.on, ...(change.on && OPPOSITES[change.kind] ? { [OPPOSITES[change.kind]]: false } : {}) };
  return change.on ? { ...state, rating: change.stars ?? null, watchlist: false, "not-interested": false } : { ...state, rating: undefined };
}

// The changes that lead back to the state from before some changes.
export function undoing(before, changes) {
  let state = changes.reduce(after, before);
  const back = [];
  const add = (change) => { back.push(change); state = after(state, change); };
  if (state.rating !== before.rating) add(before.rating === undefined ? unrated() : rated(before.rating, before.at ? { at: before.at } : {}));
  for (const kind of Object.keys(LISTS)) if (state[kind] && !before[kind]) add(marked(kind, false));
  for (const kind of Object.keys(LISTS)) if (!state[kind] && before[kind]) add(marked(kind));
  return back;
}

// The state of a film in the answer of /api/me.
export function stateOf(profile, id) {
  const own = profile.rated.find(({ film }) => film.id === id);
  const marks = Object.fromEntries(Object.entries(LISTS).map(([kind, list]) => [kind, profile[list].some((film) => film.id === id)]));
  return { ...NOTHING, ...marks, rating: own ? own.stars : undefined, at: own?.at };
}

const films = new Map(); // id -> film, of all answers so far

// Remember the films of an answer, so that a change can say which film it is about.
export function remember(body) {
  if (Array.isArray(body)) body.forEach(remember);
  else if (body && typeof body === "object") {
    if (body.id && body.poster && body.title) films.set(body.id, body);
    else Object.values(body).forEach((value) => { if (value && typeof value === "object") remember(value); });
  }
}
export const filmOf = (id) => films.get(id) ?? null;

const isHandled = (state) => state.rating !== undefined || state.seen || state["not-interested"];

const overlays = {
  "/api/me": (profile, states) => {
    const others = (list) => profile[list].filter((film) => !states.has(film.id));
    const touched = [...states].filter(([, { film }]) => film);
    const lists = Object.entries(LISTS).map(([kind, list]) => [list, [...touched.filter(([, { state }]) => state[kind] && !(kind === "seen" && state.rating !== undefined)).map(([, { film }]) => film), ...others(list)]]);
    const own = touched.filter(([, { state }]) => state.rating !== undefined).map(([, { film, state, at }]) => ({ film, stars: state.rating, at }));
    return { ...profile, known: true, rated: [...own, ...profile.rated.filter(({ film }) => !states.has(film.id))], ...Object.fromEntries(lists) };
  },
  "/api/me/count": (counts, states) => {
    const change = (test) => [...states.values()].reduce((sum, { state, before }) => sum + test(state) - test(before), 0);
    const isSeen = (state) => Number(state.seen && state.rating === undefined);
    return { ...counts, rated: Math.max(0, counts.rated + change((state) => Number(state.rating !== undefined))), seen: Math.max(0, counts.seen + change(isSeen)) };
  },
  "/api/me/picks": (list, states) => ({
    ...list,
    items: list.items.filter(({ film }) => !isHandled(states.get(film.id)?.state ?? NOTHING))
      .map((pick) => (states.has(pick.film.id) ? { ...pick, wished: states.get(pick.film.id).state.watchlist } : pick)),
  }),
  "/api/me/questions": (questions, states) => questions.filter((film) => !isHandled(states.get(film.id)?.state ?? NOTHING)),
};

// An answer of the service as it will be once the entries of the queue are taken.
export function overlaid(path, body, entries) {
  const overlay = overlays[path];
  if (!overlay || !entries.length || !body) return body;
  const states = new Map();
  for (const { id, change, film, before = NOTHING } of entries) {
    if (!change) continue;
    const known = states.get(id) ?? { film, state: path === "/api/me" ? stateOf(body, id) : before, before };
    const at = change.at ?? known.at;
    states.set(id, { ...known, film: known.film ?? film, at, state: after(known.state, change) });
  }
  return overlay(body, states);
}
