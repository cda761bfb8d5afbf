import type { ComponentProps, ReactNode } from "react";
import { Icon, type IconName } from "../Icon/Icon";
import styles from "./Button.module.css";

interface Props extends ComponentProps<"button"> {
  icon?: IconName;
  /** `plain` has no border until it is pointed at; `primary` is the one next step. */
  look?: "bordered" | "plain" | "primary";
  children?: ReactNode;
}

/** A button with an optional icon. Without text it needs an `aria-label`, which then is its tooltip too. */
export function Button({ icon, look = "bordered", children, className, ...rest }: Props) {
  const bare = children === undefined || children === null;
  return (
    <button
      type="button"
      title={bare ? rest["aria-label"] : undefined}
      {...rest}
      className={`${styles.button} ${styles[look]} ${bare ? styles.square : ""} ${className ?? ""}`}
    >
      {icon ? <Icon name={icon} size={15} /> : null}
      {children}
    </button>
  );
}
