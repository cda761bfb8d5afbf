/** The largest of something: sources, services, destinations, conversations. */

import { TopTable } from "../../../components/TopTable/TopTable";
import { useScope, useSetScope } from "../../../state/scope";
import styles from "./Overview.module.css";

export function TopTalkers() {
  return <TopTable title="Top talkers" fields={["src_ip"]} column="Source" />;
}

export function TopServices() {
  return <TopTable title="Services" fields={["service"]} column="Service" />;
}

export function TopPairs() {
  const { pairs } = useScope();
  const setScope = useSetScope();
  const conversations = pairs === "conv";
  return (
    <TopTable
      title={conversations ? "Conversations" : "Destinations"}
      fields={conversations ? ["src_ip", "dst_ip"] : ["dst_ip"]}
      column={conversations ? "Source → destination" : "Destination"}
      actions={
        <span className={styles.switch} role="group" aria-label="Show">
          <button
            type="button"
            aria-pressed={!conversations}
            onClick={() => setScope({ pairs: "dst" }, { replace: true })}
          >
            Hosts
          </button>
          <button
            type="button"
            aria-pressed={conversations}
            onClick={() => setScope({ pairs: "conv" }, { replace: true })}
          >
            Pairs
          </button>
        </span>
      }
    />
  );
}
