// The names of topics, and filters. Pure.

export const SERVICES = ["collector", "aggregator", "syncer"];
export const TIERS = ["daily", "weekly", "monthly", "yearly"];

/** What a page shows of the monitor below a base topic, as the broker's user `viewer` may read it. @param {string} base */
export const shownTopics = (base) => [
  `${base}/reading`,
  `${base}/live`,
  `${base}/maintenance`,
  `${base}/file-updated/+`,
  `${base}/alert/+`,
  `${base}/+/availability`,
  `${base}/+/health`,
];

/** Where a command is asked for; maintenance is of no service. @param {string} base @param {string} service @param {string} command */
export const requestTopic = (base, service, command) =>
  command === "maintenance" ? `${base}/request/maintenance` : `${base}/request/${service}/${command}`;

/** Whether an MQTT filter takes a topic. @param {string} filter @param {string} topic */
export function matches(filter, topic) {
  const [wanted, levels] = [filter.split("/"), topic.split("/")];
  if (wanted.at(-1) === "#") return wanted.slice(0, -1).every((level, at) => level === "+" || level === levels[at]);
  return wanted.length === levels.length && wanted.every((level, at) => level === "+" || level === levels[at]);
}
