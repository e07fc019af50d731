// The clock: weeks go by while it plays; whoever draws is told of every frame.

export const SPEEDS = { slow: 2, normal: 5, fast: 12 };

/** A clock over the weeks 1 to `last()`; it stands still while something is secret. `position` moves smoothly, `store.state.week` in steps. */
export function createClock(store, last) {
  const drawers = new Set();
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  let position = store.state.week, moved = 0, frame = 0, dirty = true;

  const draw = (now) => {
    frame = 0;
    const { playing, speed } = store.state;
    if (playing) {
      const step = Math.min(0.1, (now - moved) / 1000) * (SPEEDS[speed] ?? SPEEDS.normal);
      position = Math.min(last(), position + (moved ? step : 0));
      moved = now;
      const week = Math.floor(position + 1e-9);
      if (week !== store.state.week) store.set({ week });
      if (position >= last()) store.set({ playing: false });
      dirty = true;
    }
    if (dirty) {
      dirty = false;
      const shown = still.matches ? Math.floor(position) : position;
      for (const drawer of drawers) drawer(shown, now);
    }
    if (store.state.playing) request();
  };
  const request = () => {
    frame ||= requestAnimationFrame(draw);
  };
  const clock = {
    get position() {
      return still.matches ? Math.floor(position) : position;
    },
    /** Be told of every frame: drawer(position, now). */
    onFrame(drawer) {
      drawers.add(drawer);
    },
    /** Ask for a frame. */
    redraw() {
      dirty = true;
      request();
    },
    play() {
      if (store.state.secret) return;
      if (position >= last()) clock.seek(1);
      moved = 0;
      store.set({ playing: true });
      request();
    },
    pause() {
      store.set({ playing: false });
    },
    toggle() {
      if (store.state.playing) clock.pause();
      else clock.play();
    },
    seek(week) {
      position = store.state.secret ? 1 : Math.max(1, Math.min(last(), week));
      store.set({ week: Math.floor(position) });
      clock.redraw();
    },
  };
  store.on(["week"], (state) => {
    if (Math.floor(position) !== state.week) {
      position = state.week;
      clock.redraw();
    }
  });
  store.on(["playing"], (state) => {
    if (state.playing) request();
    else position = Math.floor(position);
    clock.redraw();
  });
  return clock;
}
