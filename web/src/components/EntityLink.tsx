/** A value as a handle, and beside it the way to its own page where it has one. */

import { Link } from "@tanstack/react-router";
import { entityPage } from "../lib/entity";
import { writeScope } from "../lib/scope";
import { useScope } from "../state/scope";
import styles from "./EntityLink.module.css";
import { Icon } from "./Icon/Icon";
import { PivotValue } from "./Pivot/PivotValue";
import type { PivotTarget } from "./Pivot/pivot";

export function EntityLink({ target, mono = false }: { target: PivotTarget; mono?: boolean }) {
  const scope = useScope();
  const page = entityPage(target);
  return (
    <span className={styles.entity}>
      <PivotValue target={target} mono={mono} />
      {page ? (
        <Link
          to={page.path}
          search={writeScope({ ...scope, selected: "", find: "", sort: "" })}
          className={styles.open}
          aria-label={`Page of ${target.label}`}
          title={`Page of ${target.label}`}
        >
          <Icon name="arrow" size={13} />
        </Link>
      ) : null}
    </span>
  );
}
