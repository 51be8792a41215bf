// A value in the storage of this tab; where storage is forbidden, until the page is left.
export function stored(name, fallback) {
  let value = fallback;
  return {
    get: () => { try { return JSON.parse(sessionStorage.getItem(name)) ?? value; } catch { return value; } },
    set: (newValue) => { value = newValue; try { sessionStorage.setItem(name, JSON.stringify(value)); } catch { /* storage may be forbidden */ } },
  };
}
