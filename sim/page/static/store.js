// The page's state in one place; those who depend on part of it are told when it changes.

/** A store: `state`, `set(patch)`, `on(keys, tell)`. */
export function createStore(state) {
  const listeners = new Set();
  return {
    get state() {
      return state;
    },
    set(patch) {
      const changed = Object.keys(patch).filter((key) => state[key] !== patch[key]);
      if (!changed.length) return;
      state = { ...state, ...patch };
      for (const listener of new Set(listeners)) {
        if (listener.keys.some((key) => changed.includes(key))) listener.tell(state, changed);
      }
    },
    on(keys, tell) {
      const listener = { keys, tell };
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Settings as the part of an address behind #; what is at its default is left out. */
export function toAddress(state, defaults) {
  const parts = new URLSearchParams();
  for (const [key, usual] of Object.entries(defaults)) {
    const value = state[key];
    if (value !== usual && value !== null && value !== undefined) parts.set(key, String(value));
  }
  return parts.toString();
}

/** Settings from the part of an address behind #; what is not a setting or of a wrong kind is left out. */
export function fromAddress(text, defaults, kinds = {}) {
  const found = {};
  for (const [key, value] of new URLSearchParams(text.replace(/^#/, ""))) {
    if (!(key in defaults)) continue;
    const kind = kinds[key] ?? typeof defaults[key];
    if (kind === "number") {
      if (value.trim() !== "" && Number.isFinite(Number(value))) found[key] = Number(value);
    } else if (kind === "boolean") found[key] = value === "true";
    else found[key] = value;
  }
  return found;
}

/**
 * Keep the address in step with the store; `kept` are its settings and their defaults.
 * @param {{ state: Record<string, any>, on: Store["on"] }} store
 */
export function bindAddress(store, kept, also = () => "") {
  let waiting = 0;
  const write = () => {
    waiting = 0;
    const parts = [toAddress(store.state, kept), also()].filter(Boolean).join("&");
    const base = location.href.split("#")[0];
    try {
      history.replaceState(null, "", parts ? `${base}#${parts}` : base);
    } catch {
      // A file opened from disk may not have its address changed everywhere.
    }
  };
  store.on([...Object.keys(kept), "revision"], () => {
    waiting ||= setTimeout(write, 250);
  });
}
