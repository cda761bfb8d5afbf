/** Is the network normal, what carries the traffic, and is the data complete? */

import { Throughput } from "../../../components/Throughput/Throughput";
import { Exporters } from "./Exporters";
import styles from "./Overview.module.css";
import { Tiles } from "./Tiles";
import { TopPairs, TopServices, TopTalkers } from "./Top";
import { ToTriage } from "./ToTriage";

export function Overview() {
  return (
    <div className={styles.grid}>
      <title>Overview · Weir</title>
      <h1 className="visually-hidden">Overview</h1>
      <Tiles />
      <div className={styles.wide}>
        <Throughput />
      </div>
      <TopTalkers />
      <TopServices />
      <TopPairs />
      <Exporters />
      <ToTriage />
    </div>
  );
}
