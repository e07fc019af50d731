// What a tab wants to see, and what it has been given: choices are kept until they are answered.

/** Whether two values say the same. */
export const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);

/** What is wanted with a choice on top; a change of a plan goes with the plan it was made to. */
export function chosen(wanted, patch) {
  const next = { ...wanted, ...patch };
  if (patch.plans && !patch.edits) {
    next.edits = Object.fromEntries(Object.entries(wanted.edits).filter(([plan]) => patch.plans[plan] === wanted.plans[plan]));
  }
  return next;
}

/** What is wanted with another timeline of a plan; nothing in its place is as it was opened. */
export function edited(wanted, plan, entries) {
  const { [plan]: _, ...rest } = wanted.edits;
  return { ...wanted, edits: entries ? { ...rest, [plan]: entries } : rest };
}

/** The request that opens what is wanted. */
export function opening({ plans, organisation, uploaded, pseudonyms, parameters, edits, outcome }) {
  return { plans, ...(uploaded || !organisation ? {} : { organisation }), pseudonyms, parameters, edits, outcome };
}

/** What an answer shows, as it would be wanted. */
export const given = ({ shown, organisation }, edits) => ({
  plans: shown.plans, organisation: shown.organisation, uploaded: shown.uploaded, pseudonyms: organisation.pseudonyms,
  parameters: shown.parameters, edits, outcome: shown.outcome ?? "",
});

/**
 * One request at a time, always for the newest of what is wanted: an answer never meets another
 * one's plans. `open()` asks for everything, `edit(plan)` for one plan. `send` has open() and
 * edit(plan, quick); a request that fails with `gone` waits until `again()`.
 */
export function createPump(send) {
  let running = null, all = false;
  const edits = new Map(); // plan → whether a quick answer will do

  async function drain() {
    while (all || edits.size) {
      const whole = all, [plan, quick] = [...edits][0] ?? [], kept = new Map(edits);
      all = false;
      if (whole) edits.clear();
      else edits.delete(plan);
      try {
        if (whole) await send.open();
        else await send.edit(plan, quick);
      } catch (error) {
        if (!error.gone) throw error;
        if (whole) all = true;
        for (const [one, how] of kept) if (!edits.has(one)) edits.set(one, how);
        break;
      }
    }
  }

  /** Ends when nothing is waiting any more, or there is no server. */
  const pump = () => {
    running ??= drain().finally(() => { running = null; });
    return running;
  };

  return {
    open() {
      all = true;
      return pump();
    },
    edit(plan, quick) {
      edits.set(plan, quick);
      return pump();
    },
    /** The server is back: everything that is wanted is asked for. */
    again() {
      all = true;
      edits.clear();
      return pump();
    },
    forget: (plan) => edits.delete(plan),
    get waits() { return all || edits.size > 0; },
    has: (plan) => edits.has(plan),
  };
}
