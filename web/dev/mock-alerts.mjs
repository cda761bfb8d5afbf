/** Alerts for the mock server: a few that stand still, with actions that change their state. */

const fail = (status, code, message) => Object.assign(new Error(message), { status, code });

/** `now`: when the server started, in milliseconds. `empty`: nothing has been noticed. */
export function makeAlerts(now, empty) {
  const at = (minutes) => new Date(now - minutes * 60_000).toISOString();
  const alert = (id, level, title, entity, sentence, filter, more = {}) => ({
    id,
    rule: title.toLowerCase().replaceAll(" ", "-"),
    title,
    level,
    analytic: "behaviour",
    episode: 1,
    techniques: [],
    entity: Object.entries(entity).map(([field, value]) => ({ field, value })),
    source: entity.src_ip ?? null,
    target: entity.dst_ip ?? null,
    network: null,
    addresses: Object.values(entity),
    sentence,
    state: "open",
    verdict: null,
    reason: null,
    assignee: null,
    suppressed_by: null,
    created: at(40),
    updated: at(2),
    attention: at(40),
    first_seen: at(42),
    last_seen: at(2),
    flows: 1204,
    windows: 8,
    measure: "distinct dst_port",
    value: 312,
    peak: 480,
    threshold: 100,
    usual: 4,
    exact: true,
    confidence: 85,
    risk: 70,
    contributions: [
      { name: "ports", seen: "312 in five minutes", points: 50 },
      { name: "unanswered", seen: "97 % of the flows", points: 25 },
      { name: "known scanner", seen: "it is on the list of own scanners", points: -5 },
    ],
    evidence: { filter, from: at(42), to: at(2) },
    quality: { sampling: null, interval: null, notes: [] },
    spark: { from: at(42), step_seconds: 300, flows: [20, 80, 160, 240, 300, 204, 120, 80] },
    reopened: 0,
    notes: 0,
    ...more,
  });
  const alerts = empty
    ? []
    : [
        alert(
          1,
          "high",
          "Vertical port scan",
          { src_ip: "10.20.1.11", dst_ip: "10.20.2.20" },
          "10.20.1.11 asked 10.20.2.20 for 312 ports in five minutes; 100 are too many, 4 are usual.",
          "protocol = 6",
          { techniques: ["T1046"] },
        ),
        alert(
          2,
          "critical",
          "Flood of one target",
          { dst_ip: "10.20.2.20" },
          "10.20.2.20 received 1.4 M packets a second from 2 100 addresses.",
          "protocol = 17",
          { techniques: ["T1498.001"], usual: null, exact: false },
        ),
        alert(
          3,
          "low",
          "Regular contact",
          { src_ip: "10.20.1.11" },
          "10.20.1.11 contacts one address every 61 s.",
          "src_port > 1024",
        ),
      ];
  const histories = new Map(
    alerts.map(({ id, created }) => [id, [{ at: created, who: null, what: { event: "created" }, undone: null }]]),
  );
  const undos = new Map();
  const find = (id) => {
    const found = alerts.find((one) => one.id === Number(id));
    if (!found) throw fail(404, "not_found", `there is no alert ${id}`);
    return found;
  };
  const inState = (state) => alerts.filter((one) => state === "all" || one.state === state);

  const STEPS = {
    acknowledge: () => [{ state: "acknowledged" }, { event: "acknowledged" }],
    close: ({ verdict, reason = null }) => [
      { state: "closed", verdict, reason },
      { event: "closed", verdict, reason },
    ],
    reopen: ({ reason }) => [
      { state: "open", verdict: null, reason: null },
      { event: "reopened", why: reason ?? "" },
    ],
    note: ({ text }, one) => [{ notes: one.notes + 1 }, { event: "note", text }],
  };
  function act(body) {
    if (body.action === "undo") {
      const back = undos.get(body.undo);
      if (!back) throw fail(404, "not_found", "this cannot be taken back any more");
      undos.delete(body.undo);
      back();
      return { changed: 1, undo: null };
    }
    const token = String(Math.random()).slice(2);
    const backs = body.ids.map((id) => {
      const one = find(id);
      const before = { ...one };
      const [change, what] = STEPS[body.action](body, one);
      const entry = { at: new Date().toISOString(), who: body.who ?? "local", what, undone: null };
      Object.assign(one, change);
      histories.get(one.id).push(entry);
      return () => {
        Object.assign(one, before);
        entry.undone = new Date().toISOString();
      };
    });
    undos.set(token, () => backs.forEach((back) => void back()));
    return { changed: backs.length, undo: token };
  }

  return {
    list: (search) => {
      const find = (search.get("q") ?? "").toLowerCase();
      const shown = inState(search.get("state") ?? "open");
      return {
        alerts: shown.filter((one) =>
          JSON.stringify([one.title, one.entity, one.sentence]).toLowerCase().includes(find),
        ),
        groups: [],
        next: null,
        counts: {
          triage: inState("open").length,
          mine: 0,
          acknowledged: inState("acknowledged").length,
          suppressed: 0,
          closed: inState("closed").length,
          all: alerts.length,
        },
      };
    },
    one: (id) => {
      const one = find(id);
      const related = alerts
        .filter((other) => other !== one && other.addresses.some((address) => one.addresses.includes(address)))
        .map(({ id, title, level, first_seen, last_seen, state }) => ({
          id,
          title,
          level,
          first_seen,
          last_seen,
          closed: state === "closed",
        }));
      return { alert: one, related };
    },
    history: (id) => ({ entries: histories.get(find(id).id) }),
    act,
  };
}
