/** The templates of an exporter's stream: what each of its records holds. */

import type { ExporterStatus, Template } from "../../../api/client";
import { useExporter } from "../../../api/queries";
import { formatTime } from "../../../lib/time";
import { formatCount } from "../../../lib/units";
import { useScope } from "../../../state/scope";
import styles from "./Exporters.module.css";

export function Templates({ exporter }: { exporter: ExporterStatus }) {
  const { data } = useExporter(exporter.exporter, exporter.templates_changed);
  const own = (data?.templates ?? []).filter(
    ({ domain, protocol }) => domain === exporter.domain && protocol === exporter.protocol,
  );
  return (
    <ul className={styles.templates}>
      {own.map((template) => (
        <li key={`${template.port} ${template.id}`}>
          <One template={template} />
        </li>
      ))}
      {data && data.templates_total > data.templates.length ? (
        <li className={styles.quiet}>
          {formatCount(data.templates.length)} of {formatCount(data.templates_total)} templates of this address are
          told.
        </li>
      ) : null}
    </ul>
  );
}

function One({ template }: { template: Template }) {
  const { tz } = useScope();
  const doubts = Object.entries(template.doubts);
  return (
    <details>
      <summary>
        <span className="mono">{template.id}</span>: {template.options ? "options, " : ""}
        {template.fields.length} fields, {formatCount(template.records)} records
      </summary>
      <p className={styles.quiet}>
        Since {formatTime(Date.parse(template.since), tz)}, announced {formatTime(Date.parse(template.announced), tz)}
        {template.port === null ? "" : `, from port ${template.port}`}
      </p>
      {doubts.map(([what, count]) => (
        <p key={what} className={styles.doubt}>
          Does not seem to fit: {what}, {formatCount(count)} sets
        </p>
      ))}
      <table>
        <thead>
          <tr>
            <th scope="col">Element</th>
            <th scope="col">Number</th>
            <th scope="col">Bytes</th>
          </tr>
        </thead>
        <tbody>
          {template.fields.map(({ name, element, enterprise, length, scope }, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: an element may stand in a template twice; the order never changes
            <tr key={`${index} ${name}`}>
              <th scope="row">
                {name}
                {scope ? <span className={styles.quiet}> scope</span> : null}
              </th>
              <td>{enterprise === 0 ? element : `${enterprise}/${element}`}</td>
              <td>{length ?? "varies"}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
