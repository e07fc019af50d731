// What holds teams back: the drivers of a plan, by checkpoint and team.

/** The row of the drivers' checkpoints that belongs to a week: the one at it or next before it. */
export function checkpointAt(checkpoints, week) {
  let found = 0;
  checkpoints.forEach((one, i) => {
    if (one <= week) found = i;
  });
  return found;
}

/** The drivers that hold a team back, as rows of the drivers, the strongest first; none where not shown. */
export function driversOf(drivers, team, week) {
  const k = checkpointAt(drivers.weeks, week), held = (d) => drivers.mean.at3(k, team, d);
  return Array.from({ length: drivers.mean.shape[2] }, (_, d) => d).filter((d) => held(d) > 0).toSorted((a, b) => held(b) - held(a));
}

/** The driver that is the strongest in all these teams; null where they differ, or with one team. */
export function commonDriver(drivers, teams, week) {
  const [first = null, ...others] = new Set(teams.map((team) => driversOf(drivers, team, week)[0] ?? null));
  return others.length || teams.length < 2 ? null : first;
}

/** What each driver holds back in the mean of `teams`. */
export function meansOf(drivers, teams, week) {
  const k = checkpointAt(drivers.weeks, week);
  return Array.from({ length: drivers.mean.shape[2] }, (_, d) =>
    teams.reduce((sum, team) => sum + drivers.mean.at3(k, team, d), 0) / teams.length);
}

/** The driver that holds a team back most beyond `means`, by `least` or more; or null. */
export function ownDriver(drivers, means, team, week, least = 0.005) {
  const k = checkpointAt(drivers.weeks, week), above = means.map((mean, d) => drivers.mean.at3(k, team, d) - mean);
  const most = Math.max(...above);
  return most >= least ? above.indexOf(most) : null;
}
