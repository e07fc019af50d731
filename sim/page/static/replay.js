// The clock: weeks go by while it plays; whoever draws is told of every frame.

export const SPEEDS = { slow: 2, normal: 5, fast: 12 };

/**
 * A clock over the weeks 1 to `last()`; it stands still while something is secret. `position` moves
 * smoothly, `store.state.week` in steps.
 * @param {Store} store
 * @returns {Clock}
 */
export function createClock(store, last) {
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  /** @type {any} */
  const time = { store, last, still, drawers: new Set(), position: store.state.week, moved: 0, frame: 0, dirty: true };
  const clock = {
    get position() { return shownAt(time); },
    /** Be told of every frame: drawer(position, now). */
    onFrame: (drawer) => { time.drawers.add(drawer); },
    /** Ask for a frame. */
    redraw: () => redraw(time),
    play() {
      if (store.state.secret) return;
      if (time.position >= last()) clock.seek(1);
      time.moved = 0;
      store.set({ playing: true });
      request(time);
    },
    pause: () => store.set({ playing: false }),
    toggle: () => (store.state.playing ? clock.pause() : clock.play()),
    seek(week) {
      time.position = store.state.secret ? 1 : Math.max(1, Math.min(last(), week));
      store.set({ week: Math.floor(time.position) });
      redraw(time);
    },
  };
  follow(time);
  return clock;
}

/** Where it stands, in whole weeks where motion is not wanted. */
const shownAt = ({ still, position }) => (still.matches ? Math.floor(position) : position);

function request(time) {
  time.frame ||= requestAnimationFrame((now) => draw(time, now));
}

function redraw(time) {
  time.dirty = true;
  request(time);
}

function draw(time, now) {
  const { store, drawers } = time;
  time.frame = 0;
  if (store.state.playing) advance(time, now);
  if (time.dirty) {
    time.dirty = false;
    const shown = shownAt(time);
    for (const drawer of drawers) drawer(shown, now);
  }
  if (store.state.playing) request(time);
}

/** Move on by what has gone by since the last frame. */
function advance(time, now) {
  const { store, last, moved } = time;
  const step = Math.min(0.1, (now - moved) / 1000) * (SPEEDS[store.state.speed] ?? SPEEDS.normal);
  time.position = Math.min(last(), time.position + (moved ? step : 0));
  time.moved = now;
  const week = Math.floor(time.position + 1e-9);
  if (week !== store.state.week) store.set({ week });
  if (time.position >= last()) store.set({ playing: false });
  time.dirty = true;
}

function follow(time) {
  time.store.on(["week"], ({ week }) => {
    if (Math.floor(time.position) === week) return;
    time.position = week;
    redraw(time);
  });
  time.store.on(["playing"], ({ playing }) => {
    if (playing) request(time);
    else time.position = Math.floor(time.position);
    redraw(time);
  });
}
