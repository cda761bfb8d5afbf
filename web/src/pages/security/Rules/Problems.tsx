import type { RuleCheck } from "../../../api/client";
import styles from "./Rules.module.css";

const WORDS: Record<RuleCheck["problems"][number]["severity"], string> = {
  error: "wrong",
  refused: "refused",
  warning: "does nothing",
};

interface Props {
  problems: RuleCheck["problems"];
  withFile?: boolean;
  /** Leads to a place in the text. */
  onGo?: (line: number, column: number) => void;
}

/** What is wrong with documents, each with its place and what to do about it. */
export function Problems({ problems, withFile = false, onGo }: Props) {
  return (
    <ul className={styles.problems}>
      {problems.map((problem) => {
        const { file, line, column, message, help, severity, title } = problem;
        const place = `${withFile && file !== "" ? `${file}, ` : ""}line ${line}, column ${column}`;
        return (
          <li key={`${file} ${line} ${column} ${message}`} data-severity={severity}>
            {onGo ? (
              <button type="button" onClick={() => onGo(line, column)}>
                {place}
              </button>
            ) : (
              <span>{place}</span>
            )}
            <strong>{WORDS[severity]}</strong>
            <span>
              {title && withFile ? `${title}: ` : ""}
              {message}
              {help ? <small> {help}</small> : null}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
