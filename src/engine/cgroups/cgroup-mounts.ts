/** A mount as the OCI runtime specification has it (config.md, "Mounts"). */
export interface SpecMount {
  readonly destination: string;
  readonly type: string;
  readonly source: string;
  readonly options: readonly string[];
}
