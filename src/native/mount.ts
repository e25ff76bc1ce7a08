/** A mount as the OCI runtime specification has it (config.md, "Mounts"): whoever plans it does not carry it out. */
export interface Mount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  /** As mount(8) writes them: `ro`, `nosuid`, `rbind`, `rprivate`, `size=64m` … */
  readonly options: readonly string[];
}
